"""Reservoirs: layers that are drawn at random and stay as they are; only the readout learns."""
