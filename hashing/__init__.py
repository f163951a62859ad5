"""The hashing room."""
