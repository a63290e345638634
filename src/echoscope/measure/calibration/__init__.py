"""Layers of known truth, and of one fault each: what every measure must find."""
