"""Step `hand-over`: gives lld the native objects of a graph in the place of those it wants made.

lld calls it as its distributor of ThinLTO jobs, with the path of a JSON file as the last argument.
It wants the objects beside its output, where it has written the JSON and an index for each, all
with the number of its process in their names. It removes them itself, unless it is killed.
"""

from __future__ import annotations

import os

from ltogen.base import files

STEP = "hand-over"
_ENDS = (".native.o", ".native.o.thinlto.bc", ".dist-file.json")


def main(arguments: list[str]) -> None:
    """Run the step: the folders of bitcode and of natives, and the file.

    Raises OSError where a native is missing, or the folder cannot be written.
    """
    import json  # (thin links import this module, too)

    bitcode, natives, jobs = arguments
    # (Names of modules are ASCII; what lld writes of others is not always their path.)
    folder = os.path.dirname(jobs)
    given = {}
    for job in json.loads(files.read(jobs) or b"{}")["jobs"]:
        module, made = job["inputs"][0], os.path.basename(job["outputs"][0])
        given[made] = natives + module.removeprefix(bitcode)
    _remove_left_over(folder, {*map(_name, given), _name(os.path.basename(jobs))})
    for made, native in given.items():
        give(native, os.path.join(folder, made))


def give(native: str, path: str) -> None:
    """Make `path` another name of an object, or a copy where there are no symbolic links."""
    files.remove(path)
    os.stat(native)  # or lld would say that it cannot open what the user has never seen
    try:
        os.symlink(os.path.abspath(native), path)
    except OSError:
        files.write_if_changed(path, files.read(native) or b"")


def _name(file: str) -> str:
    """What lld calls a file of its own, without the number of its process; or nothing."""
    end = next((end for end in _ENDS if file.endswith(end)), "")
    name, _, process = file.removesuffix(end).rpartition(".")
    return name if end and process.isdigit() else ""


def _remove_left_over(folder: str, names: set[str]) -> None:
    """Remove what a link of the same modules left here when it was killed."""
    for file in os.listdir(folder or "."):
        if file.endswith(_ENDS) and _name(file) in names and not _lives(file):
            files.remove(os.path.join(folder, file))


def _lives(file: str) -> bool:
    """Whether the process in a file's name still runs."""
    number = next(file.removesuffix(end) for end in _ENDS if file.endswith(end))
    return os.path.exists(f"/proc/{number.rpartition('.')[2]}")
