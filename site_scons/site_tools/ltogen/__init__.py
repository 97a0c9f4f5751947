"""The SCons tool `ltogen`: all of it is in the package of that name, which pip installs.

SCons has put this file under the package's own name, and its folder in front of all others; both
are taken back before the package is imported.
"""

import importlib
import os
import sys

_HERE = os.path.realpath(os.path.join(os.path.dirname(__file__), os.pardir))


def _tool():
    before = sys.path
    sys.path = [path for path in before if os.path.realpath(path) != _HERE]
    sys.modules.pop("ltogen", None)
    try:
        return importlib.import_module("ltogen.scons.tool")
    except ModuleNotFoundError as error:
        import SCons.Errors

        raise SCons.Errors.UserError(
            f"the tool 'ltogen' needs the package ({error}): pip install ltogen") from None
    finally:
        sys.path = before


_found = _tool()
generate = _found.generate
exists = _found.exists
