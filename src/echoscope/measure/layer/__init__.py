"""A layer as it is looked at, whatever it was written in: what it does, which one it is, how it was
named and made, and what becomes of its failures.
"""
