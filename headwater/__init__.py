"""The headwater room."""
