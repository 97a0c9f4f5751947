"""Step `hand-over`: gives lld the native objects of a graph in the place of those it wants made.

lld calls it as its distributor of ThinLTO jobs, with the path of a JSON file as the last argument.
"""

from __future__ import annotations

import os

from ltogen.base import files

STEP = "hand-over"


def main(arguments: list[str]) -> None:
    """Run the step: the folders of bitcode and of natives, and the file.

    Raises OSError where a native is missing, or the folder cannot be written.
    """
    import json  # (thin links import this module, too)

    bitcode, natives, jobs = arguments
    # (Names of modules are ASCII; what lld writes of others is not always their path.)
    folder = os.path.dirname(jobs)
    for job in json.loads(files.read(jobs) or b"{}")["jobs"]:
        module, made = job["inputs"][0], os.path.basename(job["outputs"][0])
        give(natives + module.removeprefix(bitcode), os.path.join(folder, made))


def give(native: str, path: str) -> None:
    """Make `path` another name of an object, or a copy where there are no symbolic links."""
    files.remove(path)
    os.stat(native)  # or lld would say that it cannot open what the user has never seen
    try:
        os.symlink(os.path.abspath(native), path)
    except OSError:
        files.write_if_changed(path, files.read(native) or b"")
