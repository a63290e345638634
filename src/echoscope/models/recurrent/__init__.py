"""Recurrent layers, and the fast loop over time that they share."""
