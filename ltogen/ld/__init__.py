"""`ld.ltogen`: one link as a graph, for builds that have none. clang's -fuse-ld=ltogen runs it.

What runs for every link (`main`, `command`, `scan`, `record`) loads nothing but the standard
library; `build` and what it needs is loaded when there is something to build.
"""
