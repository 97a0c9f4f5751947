"""Step `driver-args`: what the compiler driver would put around a link's inputs.

Writes two response files, `STEM.before` and `STEM.after`. The files they name become inputs of
this step by its depfile: where one of them goes away, the driver is asked again.
"""

from __future__ import annotations

import os
import shlex

from ltogen.base import files, processes, response_files
from ltogen.base.errors import StepError
from ltogen.linker.command_line import CommandLine
from ltogen.steps import start

_TRIES = 3  # (a driver may make the machine's start-up code first, and it is not to be an edit)
_PROBE = b"int main(void) { return 0; }\n"


def main(arguments: list[str]) -> None:
    """Run the step: STEM MODE OUTPUT COMPILER… -- DRIVER… -- LIBRARY….

    Mode `print`: the driver prints its command and runs nothing. Mode `run`: it prints it, but must
    run to do so, on an object that the compiler makes. OUTPUT is that of the link, or empty where
    the answer is for several links.
    """
    stem, mode, output, *rest = arguments
    compiler, driver, libraries = _split(rest)
    folder = f"{stem}.ask"
    files.remove_tree(folder)
    os.makedirs(f"{folder}/in")
    os.makedirs(f"{folder}/out")
    place, slash, name = output.rpartition("/")
    try:
        probe = f"{folder}/in/probe.o"
        _make_probe(probe, compiler if mode == "run" else [])
        # The driver may really write it. What it names after its output lies beside that.
        command = [*driver, probe, *libraries, "-o", f"{folder}/out/{name or 'a'}"]
        for _ in range(_TRIES):
            began = start.now()
            before, after = ([word.replace(f"{folder}/out/", place + slash) for word in part]
                             for part in _ask(command, probe))
            known = _known(before, after)
            if not start.any_edited(known, began):
                break
    finally:
        files.remove_tree(folder)
    files.write_if_changed(f"{stem}.before", response_files.compose(before), began)
    files.write_if_changed(f"{stem}.after", response_files.compose(after), began)
    start.settle((f"{stem}.before", f"{stem}.after"), known, began)
    files.write_if_changed(f"{stem}.before.d", files.depfile(f"{stem}.before", known))


def _known(before: list[str], after: list[str]) -> list[str]:
    """The files that are there, of those that the words name."""
    named = CommandLine([*before, *after]).files_named()
    return [path for path in dict.fromkeys(named) if os.path.isfile(path)]


def _split(words: list[str]) -> tuple[list[str], list[str], list[str]]:
    first = words.index("--")
    second = words.index("--", first + 1)
    return words[:first], words[first + 1:second], words[second + 1:]


def _make_probe(path: str, compiler: list[str]) -> None:
    """An object to stand for the inputs; only a driver that really links needs a real one."""
    source = path.removesuffix(".o") + ".c"
    files.write_if_changed(source, _PROBE)
    if not compiler:
        files.write_if_changed(path, b"")
        return
    status, _, complaint = processes.run([*compiler, "-c", source, "-o", path])
    if status != 0:
        raise StepError(os.fsdecode(complaint).rstrip())


def _ask(command: list[str], probe: str) -> tuple[list[str], list[str]]:
    status, _, answer = processes.run(command)
    lines = os.fsdecode(answer).splitlines()
    for line in reversed(lines) if status == 0 else ():
        words = _words(line) if probe in line else []
        if probe in words[1:] and "-o" in words:
            return _around(words[1:], probe)
    # The driver's own complaint, about an unknown flag or a missing library, says it best.
    problems = [line for line in lines if "error:" in line]
    raise StepError("\n".join(problems or lines))


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
    here = words.index(probe)
    return words[:here], words[here + 1:]
