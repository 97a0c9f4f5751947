"""`python -IS ltogen/steps/remote_edge.py CODE …`: runs `remote.py`, as it was compiled before.

A program's own file is compiled each time, and the packages above would be imported. `CODE` is a
digest of both files.
"""

import sys

sys.path.insert(0, sys.argv[0].rpartition("/")[0])

import remote  # type: ignore[import-not-found]

remote.main(sys.argv[2:])
