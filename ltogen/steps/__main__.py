"""`python -IS ltogen/steps STEP …`: runs one build step without the site packages.

A folder given to python is put first on `sys.path`, even in isolated mode; what has to be found
is the package around it.
"""

import os
import sys

sys.path[0] = os.path.dirname(os.path.dirname(sys.path[0]))

from ltogen.steps.run import run  # noqa: E402

sys.exit(run(sys.argv[1:]))
