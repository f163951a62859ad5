"""What an edge's index costs: memory for each object, look-ups and collections as it grows."""
