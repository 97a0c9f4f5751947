"""ltogen: link-time optimisation written down as a build graph."""

__version__ = "0.1.0"
