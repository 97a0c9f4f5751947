"""Public SCons projects with the builders, and what these cost."""
