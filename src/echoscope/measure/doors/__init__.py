"""Doors: each makes a `Layer` of what one framework calls a layer. Only here are those imported."""
