"""The noun: a line of the user's scripts, for errors.

SCons names the deepest line of a traceback that is not its own. Of an error in ltogen that would be
a line of ltogen, and of one that shows when all scripts are read, no line of theirs at all.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import SCons.Warnings
from msgspec import Struct
from SCons.Errors import UserError as SconsError

import ltogen
from ltogen.base.errors import UserError

_INNER = (f"{os.sep}SCons{os.sep}", os.path.dirname(ltogen.__file__) + os.sep,
          os.path.join("site_tools", "ltogen"), contextmanager.__code__.co_filename)


class Place(Struct, frozen=True):
    """A file, a line of it counted from 1, and the function that it is in."""

    file: str
    line: int
    routine: str

    def fail(self, said: str, cause: Exception) -> NoReturn:
        """Raise SCons's UserError as if this line did; `--debug=stacktrace` shows the cause."""
        self._run("raise error from cause", error=SconsError(said), cause=cause)
        raise AssertionError("not reached")

    def warn(self, say: Callable[[Any], None], warning: Any) -> None:
        """Let SCons `say` a warning as if this line gave it."""
        self._run("say(warning)", say=say, warning=warning)

    def _run(self, text: str, **names: Any) -> None:
        code = compile("\n" * (self.line - 1) + text, self.file, "exec")
        exec(code.replace(co_name=self.routine), names)


def here() -> Place:
    """The line that called into SCons or ltogen: the innermost that belongs to neither."""
    frame = sys._getframe(1)
    while frame.f_back and any(part in frame.f_code.co_filename for part in _INNER):
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


@contextmanager
def errors_at(place: Place) -> Iterator[None]:
    """Give errors and warnings of the body this place. Raises SCons's UserError for ltogen's."""
    say = SCons.Warnings._warningOut
    if say is not None:
        SCons.Warnings._warningOut = lambda warning: place.warn(say, warning)
    try:
        yield
    except (UserError, SconsError) as error:
        cause = error  # (which has its own lines, so it is not raised again)
    else:
        return
    finally:
        SCons.Warnings._warningOut = say
    place.fail(str(cause), cause)
