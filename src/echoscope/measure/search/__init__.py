"""What needs trainings: bits that a layer holds, and how far it reaches on three axes."""
