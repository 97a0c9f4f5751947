"""A plan's actions as SCons nodes: SCons schedules, and its content signatures cut off early."""

from ltogen.write.scons.nodes import Nodes

__all__ = ["Nodes"]
