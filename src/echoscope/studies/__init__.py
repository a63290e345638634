"""A study: a grid of experiments, said in words or in a file, and swept over workers."""
