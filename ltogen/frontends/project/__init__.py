"""A project file: targets, sources, and the links they make."""
