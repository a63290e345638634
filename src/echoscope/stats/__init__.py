"""Statistics, apart from what they are of."""
