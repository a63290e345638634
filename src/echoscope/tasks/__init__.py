"""The tasks that a network is trained on: each draws its own inputs and targets."""
