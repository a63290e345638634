"""What is trained and how, as frozen settings; and what follows from them before any training."""
