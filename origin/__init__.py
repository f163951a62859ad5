"""The origin room."""
