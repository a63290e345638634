"""The store: a folder of runs, kept in one SQLite database with their weights beside it."""

from echoscope.store.folder import AGAIN, Merged, Store, usual_store

__all__ = ["AGAIN", "Merged", "Store", "usual_store"]
