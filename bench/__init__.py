"""Measures ltogen against the tools it replaces, and checks it on real programs."""
