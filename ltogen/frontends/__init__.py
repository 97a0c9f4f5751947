"""Reads a project file, or another generator's build, into link units."""
