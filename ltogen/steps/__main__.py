"""`python -IS ltogen/steps/__main__.py STEP …`: runs one build step without the site packages.

The file is named, not its folder: python would load half of its import tools to find this file in
it. Isolated mode puts nothing on `sys.path`, so the package around it goes there first.
"""

import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from ltogen.steps.run import run

sys.exit(run(sys.argv[1:]))
