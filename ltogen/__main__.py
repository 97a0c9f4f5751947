"""`python -m ltogen`: how a manifest calls its own generator again."""

import sys

from ltogen.cli import main

sys.exit(main())
