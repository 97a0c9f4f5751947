"""Measures ltogen against the tools it replaces, side by side."""
