"""What any layer is compared with: known layers, and what was measured of them."""
