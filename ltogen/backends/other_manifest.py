"""Two manifests for one build folder: neither may take the other's output for its own.

`ninja` and `ninja -f ltogen.ninja` make the same products in the same places. Each has a log of its
own, because generators delete the outputs in Ninja's log that they do not know. Ninja takes an
output that is newer than its inputs for up to date. So ltogen removes an output that the other
manifest made since the last run, and Ninja makes it again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

from ltogen.base.errors import UserError
from ltogen.ninja import log as ninja_log

_RECORD = "other.json"


def log_of(builddir: str) -> str:
    """The log of the build's own manifest, from the build folder."""
    return f"{builddir.rstrip('/')}/{ninja_log.FILE_NAME}" if builddir else ninja_log.FILE_NAME


def remove_overwritten(folder: Path, out: str, log: str, outputs: Iterable[str]) -> None:
    """Remove those of `outputs` that the build's own manifest made since the last call."""
    path, record = folder / log, folder / out / _RECORD
    entries = _entries(path)
    known = _known(record)
    now = {output: entries[output] for output in sorted(outputs) if output in entries}
    for output, entry in now.items():
        if known is not None and known.get(output) != entry:
            with contextlib.suppress(OSError):
                (folder / output).unlink()
    if now != known:
        record.write_text(json.dumps(now, indent=0))


def _entries(path: Path) -> dict[str, str]:
    if not path.exists():
        # The manifest is to be made again as soon as the log changes, so it must be there.
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            os.utime(path, (1, 1))  # nothing is out of date because of it
        except OSError as error:
            raise UserError(f"{path}: cannot make the build's log: {error.strerror}") from None
    return ninja_log.last_entries(path)


def _known(record: Path) -> dict[str, str] | None:
    try:
        known = json.loads(record.read_text())
    except (OSError, ValueError, RecursionError):
        return None
    return known if isinstance(known, dict) else None
