"""The program in the place of `ld.lld`: a link by `ld.ltogen`, written down and checked.

A link that a graph did is repeated by lld, and what they made is compared.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from ltogen.ld.main import main as ld_ltogen
from ltogen.linker import command_line


def main(llvm: str, links: str) -> int:
    """Link as the arguments say; appends a line of JSON to the file `links`.

    `llvm` is the folder whose `bin` has the tools. The status is the linker's.
    """
    arguments = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="lld-suite-") as folder:
        journal = Path(folder) / "journal"
        status = _link(llvm, links, journal)
        way = _way(journal, arguments)
        found = {"arguments": arguments, "folder": str(Path.cwd()), "status": status, "way": way}
        if "no bitcode" in way:
            pass
        elif way.startswith("left to lld"):
            found["lto"] = _has_bitcode(arguments)
        elif way not in ("", "up to date", "no link"):
            from campaigns.lld_suite import repeat

            found["lto"] = True
            found.update(repeat.compare(f"{llvm}/bin/ld.lld", arguments, status, folder))
    _append(links, found)
    if status < 0:
        os.kill(os.getpid(), -status)
    return status


def _link(llvm: str, links: str, journal: Path) -> int:
    """Run `ld.ltogen` in a child: it may become lld. A negative status is a signal."""
    os.environ.update({
        "LTOGEN_LD": f"{llvm}/bin/ld.lld", "LTOGEN_LINKS": "all", "LTOGEN_LOG": str(journal),
        "LTOGEN_JOBS": "1", "LTOGEN_STATE_DIR": f"{links}.states",
        "PATH": f"{llvm}/bin:{os.environ.get('PATH', '')}"})
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = ld_ltogen()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _way(journal: Path, arguments: list[str]) -> str:
    """What the journal says of the link, without its path and time; nothing for a crash."""
    asked = command_line.of_linker(arguments)
    if not asked.has(command_line.INPUT) or asked.has("version"):
        return "no link"  # but a question
    line = journal.read_text(errors="replace").strip() if journal.exists() else ""
    said = line.rpartition("\n")[2].partition(": ")[2]
    return said.rpartition(" (")[0] if said.endswith(" s)") else said


def _has_bitcode(arguments: list[str]) -> bool:
    """Whether lld would do any LTO for these arguments."""
    from ltogen.base import ar
    from ltogen.linker import file_kind, inputs
    from ltogen.linker.file_system import FileSystem

    try:
        found = inputs.read(command_line.of_linker(arguments), FileSystem(), look_inside=False)
        for one in found.inputs:
            if one.kind == file_kind.BITCODE:
                return True
            if one.kind in (file_kind.ARCHIVE, file_kind.THIN_ARCHIVE) and any(
                    b"BC\xc0\xde" in Path(path).read_bytes()
                    for path in (one.path, *one.members)):
                return True
    except (OSError, ValueError, ar.ArchiveError):
        pass
    return False


def _append(links: str, found: dict[str, object]) -> None:
    data = (json.dumps(found) + "\n").encode()
    file = os.open(links, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    os.write(file, data)
    os.close(file)
