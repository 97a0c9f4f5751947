"""Step `linker-line`: what the compiler driver would put around a link's inputs.

Writes two response files, `STEM.before` and `STEM.after`. The files they name become inputs of
this step by its depfile: where one of them goes away, the driver is asked again.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import tempfile

from ltogen.steps import files, responses
from ltogen.steps.errors import StepError

_PROBE = "int main(void) { return 0; }\n"


def main(arguments: list[str]) -> None:
    """Run the step."""
    parser = argparse.ArgumentParser("linker-line", allow_abbrev=False)
    parser.add_argument("--stem", required=True)
    parser.add_argument("--run", action="store_true")
    parser.add_argument("--compiler", action="append", required=True)
    parser.add_argument("--library", action="append", default=[])
    parser.add_argument("driver", nargs="+")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="ltogen-") as folder:
        probe = f"{folder}/probe.o"
        _make_probe(probe, options.compiler if options.run else None)
        command = [*options.driver, probe, *options.library, "-o", f"{folder}/probe"]
        before, after = _ask(command, probe)
    known = [word for word in (*before, *after) if word[:1] != "-" and os.path.isfile(word)]
    files.write_if_changed(options.stem + ".before", responses.compose(before))
    files.write_if_changed(options.stem + ".after", responses.compose(after))
    files.write_if_changed(options.stem + ".before.d",
                           files.depfile(options.stem + ".before", known))


def _make_probe(path: str, compiler: list[str] | None) -> None:
    """An object to stand for the inputs; only a driver that really links needs a real one."""
    if compiler is None:
        with open(path, "wb"):
            return
    subprocess.run([*compiler, "-c", "-x", "c", "-", "-o", path], input=_PROBE, text=True,
                   check=True)


def _ask(command: list[str], probe: str) -> tuple[list[str], list[str]]:
    done = subprocess.run(command, capture_output=True, text=True, errors="surrogateescape",
                          check=False)
    for line in reversed(done.stderr.splitlines()):
        words = _words(line) if probe in line else []
        if probe in words[1:] and "-o" in words:
            return _around(words[1:], probe)
    # The driver's own complaint, about an unknown flag or a missing library, says it best.
    problems = [line for line in done.stderr.splitlines() if "error:" in line]
    raise StepError("\n".join(problems) or done.stderr.strip())


def _words(line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError:
        return []
    return _rejoin(words) if '"' not in line else words


def _rejoin(words: list[str]) -> list[str]:
    """Mend paths with spaces in a line that was printed without quotes."""
    mended: list[str] = []
    for word in words:
        if (mended and mended[-1].startswith("/") and not os.path.exists(mended[-1])
                and os.path.exists(f"{mended[-1]} {word}")):
            mended[-1] += f" {word}"
        else:
            mended.append(word)
    return mended


def _around(words: list[str], probe: str) -> tuple[list[str], list[str]]:
    """The words before and after the probe, without the output."""
    at = words.index("-o")
    words = words[:at] + words[at + 2:]
    # zig links with the folder of its own as a search path of last resort: `-L/`.
    here = words.index(probe)
    return words[:here], words[here + 1:]
