"""`python -m ltogen.remote_build WHERE NINJA DESCRIPTOR`, as the step `remote` runs it."""

from __future__ import annotations

import sys

from ltogen.remote_build.process import main

sys.exit(main(sys.argv[1:]))
