"""`python -IS ltogen/steps/__main__.py STEP …`: runs one build step without the site packages.

The command names the file, not its folder: python would load many of its import tools to find the
file in a folder. Isolated mode puts nothing on `sys.path`, so this file adds the package's folder.
"""

import gc
import os
import sys

# A step ends soon: what it no longer needs goes with it.
gc.disable()
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from ltogen.steps.run import run  # noqa: E402

sys.exit(run(sys.argv[1:]))
