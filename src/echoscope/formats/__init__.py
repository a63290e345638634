"""Trained networks in the file formats of other libraries, one package each."""
