"""Writes a plan as files that other programs read."""
