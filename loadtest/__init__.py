"""The loadtest room."""
