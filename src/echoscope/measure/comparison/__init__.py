"""Is a layer worse than it was, and does it hold what a test asks?"""
