"""The SCons tool `ltogen`: all of it is in the package of that name, which pip installs.

SCons puts this file under the package's own name, and folders of tools in front of all others. Both
are taken back before the package is imported, and what is loaded of it already is used: a script
may import `ltogen.scons`, and have a copy of this file beside it.
"""

import importlib
import os
import sys

_NAME = "ltogen"


def _hides(folder):
    """Whether a folder that Python searches has this tool, not the package, under the name."""
    there = os.path.join(folder, _NAME)
    return (os.path.isfile(os.path.join(there, "__init__.py"))
            and not os.path.isdir(os.path.join(there, "scons")))


def _restore():
    """Put the package back under its name, with all that is loaded of it."""
    loaded = sys.modules.get(f"{_NAME}.scons")
    home = [os.path.dirname(os.path.dirname(os.path.dirname(loaded.__file__)))] if loaded else []
    before = sys.path
    sys.path = [*home, *(path for path in before if not _hides(path))]
    sys.modules.pop(_NAME, None)
    try:
        package = importlib.import_module(_NAME)
        importlib.import_module(f"{_NAME}.scons.tool")
    except ImportError as error:
        _refuse(f"the tool 'ltogen' needs the package, which this Python does not have ({error}): "
                f"{sys.executable} -m pip install --upgrade 'ltogen[scons]'")
    finally:
        sys.path = before
    for name, module in list(sys.modules.items()):
        first, _, rest = name.partition(".")
        if first == _NAME and rest and "." not in rest:
            setattr(package, rest, module)


def _refuse(message):
    """Raise SCons's UserError at the line that asks for the tool: SCons shows the deepest one."""
    from SCons.Errors import UserError

    frame = sys._getframe(1)
    inner = (f"{os.sep}SCons{os.sep}", "importlib", __file__)
    while frame.f_back and any(part in frame.f_code.co_filename for part in inner):
        frame = frame.f_back
    code = compile("\n" * (frame.f_lineno - 1) + "raise error from None",
                   frame.f_code.co_filename, "exec")
    exec(code.replace(co_name=frame.f_code.co_name), {"error": UserError(message)})


_restore()


# (Looked up when they are called: an older copy of this file may be what imports this one, in the
# midst of its import of the package.)
def generate(env):
    """Add the builders."""
    sys.modules["ltogen.scons.tool"].generate(env)


def exists(env):
    """Whether there is a toolchain."""
    return sys.modules["ltogen.scons.tool"].exists(env)
