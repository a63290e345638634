"""Doors: each makes a `Layer` of what one framework calls a layer. Only here are those imported,
and PyTorch in `in_torch`, which its door alone opens.
"""
