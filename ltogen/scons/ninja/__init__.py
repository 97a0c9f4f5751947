"""`env.NinjaLTO`: the graph of a SCons project as a Ninja manifest."""
