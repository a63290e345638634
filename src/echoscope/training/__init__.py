"""Training: batches drawn on the device, one compiled program, and the loop that pulls it."""
