"""Builds whose backends run on a remote execution engine."""
