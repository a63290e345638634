"""State-space layers: linear recurrences, parallel over time."""
