"""The eventbus room."""
