"""The caching room."""
