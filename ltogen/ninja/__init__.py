"""Ninja's manifests and logs, the quoting of its language, and the Ninja program."""
