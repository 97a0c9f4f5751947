"""Ninja's language and program: manifests and logs are read here, and its spelling is known."""
