"""A plan's actions as SCons nodes: SCons schedules, and its content signatures cut off early."""

from ltogen.backends.scons.nodes import Nodes

__all__ = ["Nodes"]
