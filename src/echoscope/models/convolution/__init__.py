"""Causal convolutions over time."""
