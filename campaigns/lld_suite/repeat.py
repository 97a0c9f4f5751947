"""A link done once more by lld itself, and what is other in the result."""

from __future__ import annotations

import subprocess
from pathlib import Path

from campaigns.lld_suite import elf_facts
from ltogen.linker import command_line
from ltogen.linker.options import FILES_WRITTEN

_ADDED_LATE = b"added after LTO"


def compare(linker: str, arguments: list[str], status: int, folder: str) -> dict[str, object]:
    """What lld does otherwise than a graph did, whose exit status was `status`.

    lld writes into `folder`. The fields are those of `Link`.
    """
    line = command_line.of_linker(arguments)
    made = line.last("output") or "a.out"
    again = f"{folder}/{Path(made).name}"
    # What is written beside the output was written once, and does not change it.
    words = [word for one in line.arguments if one.option not in FILES_WRITTEN
             for word in one.words]
    done = subprocess.run([linker, *words, "-o", again], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    if _ADDED_LATE in done.stderr:
        return {}  # lld cannot take what only generated code asks for; see accepted.toml
    if done.returncode != status:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        return {"differs": [f"status {status}, lld {done.returncode}: {said}"]}
    ours, theirs = Path(made), Path(again)
    if status or not ours.is_file():
        return {}
    files = ours.read_bytes(), theirs.read_bytes()
    return {"differs": elf_facts.differences(*files), "sizes": elf_facts.sizes(*files),
            "reordered": elf_facts.reordered(*files)}
