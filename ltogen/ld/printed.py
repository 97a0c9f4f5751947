"""What lld prints of a final link: shown as lld shows it, and again by each link of the same."""

from __future__ import annotations

import os
import shlex
import sys

from ltogen.base import files

TYPE_CHECKING = False  # (typing takes long to import)
if TYPE_CHECKING:
    from collections.abc import Mapping

_AS_LLD_DID = "said"
_TO_SHOW = "printed"


def redirection(folder: str) -> str:
    """Shell text behind the final link, for a state in `folder`."""
    return f" > {shlex.quote(f'{folder}/{_AS_LLD_DID}')}"


def keep(folder: str, names: Mapping[str, str]) -> None:
    """Note what the final link printed; `names` has what lld calls each object of the state."""
    from ltogen.nested import messages  # (what only shows again needs no patterns)

    text = os.fsdecode(files.read(f"{folder}/{_AS_LLD_DID}") or b"")
    text = messages.renamed(text, names)
    files.write_if_changed(f"{folder}/{_TO_SHOW}", os.fsencode(text))


def show(folder: str) -> None:
    """Print it."""
    sys.stdout.flush()
    sys.stdout.buffer.write(files.read(f"{folder}/{_TO_SHOW}") or b"")
    sys.stdout.flush()


def name_of_native(output: str, module: str) -> str:
    """What lld calls the object that it makes of a module, by the module's path."""
    folder, _, name = module.rpartition("/")
    stem = name if name.endswith(")") else os.path.splitext(name)[0]
    return os.path.normpath(f"{folder or '.'}/{os.path.basename(output)}.lto.{stem}.o")
