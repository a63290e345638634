"""The commands, one file each, of its name."""
