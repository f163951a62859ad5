"""The caching/policies room."""
