"""A trained network put to use and to the test."""
