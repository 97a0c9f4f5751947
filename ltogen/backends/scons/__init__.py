"""A plan's actions as SCons nodes: SCons schedules them and cuts off by content signatures."""

from ltogen.backends.scons.nodes import Nodes

__all__ = ["Nodes"]
