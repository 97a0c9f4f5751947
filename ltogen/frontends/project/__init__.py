"""A project file: targets, sources and links."""
