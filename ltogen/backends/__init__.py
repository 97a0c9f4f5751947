"""A plan as files that other programs read."""
