"""Is a layer worse than another, or than it was?"""
