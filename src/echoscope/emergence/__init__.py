"""What a state holds while its network trains: an echo as it emerges, as data and as film."""
