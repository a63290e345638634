"""Runs: what is known of each, as it is written, read, listed and kept."""
