"""What stands before every route of the lab: who may ask, how much, and what a browser may do."""

from echoscope.lab.guard.guard import Guard

__all__ = ["Guard"]
