"""A layer that JAX traces: how it is run, trained, and read with its state disturbed."""
