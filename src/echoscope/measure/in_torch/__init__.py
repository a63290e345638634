"""A layer of PyTorch: how it is run, trained, and read with its state disturbed."""
