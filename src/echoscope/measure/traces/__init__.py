"""Arrays of what any layer read, held and answered, scored as they are."""
