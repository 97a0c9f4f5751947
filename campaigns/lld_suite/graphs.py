"""Graphs of whole builds: each of their links repeated by lld in process, on the same line."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.places import NINJA
from bench.process import run
from campaigns.lld_suite import repeat
from campaigns.lld_suite.site import Link
from ltogen.base import response_files
from ltogen.toolchain import Toolchain

# What a final link says that is of no concern to a whole one.
_OF_GRAPHS = ("--undefined-version", "--dependency-file=")


class _Edge(msgspec.Struct, frozen=True):
    """An edge as Ninja's own tool prints it."""

    command: str
    output: str


def jobs() -> int:
    """How many compiles run at once: `CAMPAIGN_JOBS`, or two."""
    return int(os.environ.get("CAMPAIGN_JOBS", "2"))


def described(folder: Path, toolchain: Toolchain) -> list[Link]:
    """Build what the project file in `folder` describes; its links, compared.

    Raises UserError if it does not build.
    """
    _ltogen(folder, "--toolchain", toolchain.kind)
    return _built(folder, "build.ninja")


def taken_over(folder: Path) -> list[Link]:
    """Take over the build in `folder`, and build; its links, compared.

    Raises UserError if it does not build.
    """
    _ltogen(folder.parent, "--from", str(folder))
    return _built(folder, "ltogen.ninja")


def _ltogen(folder: Path, *words: str) -> None:
    run([sys.executable, "-P", "-m", "ltogen", "configure", *words], folder)


def _built(folder: Path, manifest: str) -> list[Link]:
    """Build with the files of steps kept: the thin link's has the line with bitcode in it."""
    run([NINJA, "-f", manifest, "-d", "keeprsp", f"-j{jobs()}"], folder)
    return compared(folder, manifest)


def compared(folder: Path, manifest: str) -> list[Link]:
    """The links of a build whose steps' files were kept."""
    done = run([NINJA, "-f", manifest, "-t", "compdb", "-x"], folder)
    edges = msgspec.json.decode(done.output, type=list[_Edge])
    with contextlib.chdir(folder), tempfile.TemporaryDirectory(prefix="lld-suite-") as aside:
        return list(_compared(edges, aside))


def _compared(edges: list[_Edge], aside: str) -> Iterator[Link]:
    for edge in edges:
        words = line(edge.command)
        if words and Path(edge.output).is_file():
            arguments = [*words[1:], "-o", edge.output]
            found = repeat.compare(words[0], arguments, 0, aside)
            yield msgspec.convert({"arguments": arguments, "folder": str(Path.cwd()), "status": 0,
                                   "way": "as a graph", "lto": True, **found}, type=Link)


def line(command: str) -> list[str]:
    """The linker and its arguments for a whole link, from the `command` of a graph's final link.

    Nothing for any other command. The line with bitcode goes to a file of its own.
    """
    words = _words_of_link(shlex.split(command))
    files = [word[1:] for word in words if word.startswith("@")]
    final = next((file for file in files if file.endswith(("/link.rsp", "/final.rsp"))
                  and ("/thinlink/" in file or "/merged/" in file)), "")
    if not final:
        return []
    folder = final.rpartition("/")[0]
    kept = [word for word in words if not word.startswith(_OF_GRAPHS)]
    told, text = response_files.read_parted(f"{folder}/step.line")
    Path(f"{folder}/line.rsp").write_bytes(text)
    whole = [f"@{folder}/line.rsp" if word == f"@{final}" else word for word in kept]
    return [*whole, *(_of_merge(told) if "/merged/" in folder else ())]


def _of_merge(told: list[str]) -> list[str]:
    """What a merge tells lld besides the line: partitions and levels."""
    return [f"--lto-partitions={told[1]}", *told[told.index("--") + 1:]]


def _words_of_link(words: list[str]) -> list[str]:
    """From the linker on, up to `-o`."""
    linkers = [at for at, word in enumerate(words) if word.rpartition("/")[2].startswith("ld.lld")]
    if not linkers:
        return []
    rest = words[linkers[-1]:]
    return rest[:rest.index("-o")] if "-o" in rest else []
