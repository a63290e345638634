"""What a person reads on a terminal or in a pipe."""
