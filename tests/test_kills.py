"""Killed at any call that changes a file, a build is finished by the next one as if nothing was.

A share of what `make kills` does.
"""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest

from tests.support import kills
from tests.support.killed_projects import STORIES
from tests.support.system_toolchain import needs_clang


@needs_clang
@pytest.mark.parametrize(("story", "only", "calls", "tool"), [
    ("shared", "--store", "write,pwrite64,copy_file_range,ftruncate", "cp"),
    ("shared", "--store", "rename,renameat,renameat2", ""),
    ("shared", "--store", "utimensat", "touch"),
    ("unhashed", "thin-link", "rename,renameat,renameat2", ""),
    ("edited", "cutoff.sh", "rename,renameat,renameat2", ""),
    ("edited", "cutoff.sh", "write,pwrite64,copy_file_range,ftruncate", "all"),
    ("edited", "cutoff.sh", "link,linkat,symlink,symlinkat", "ln"),
    ("taken back", "__main__.py", "rename,renameat,renameat2", ""),
    ("configured", "", "write,pwrite64,copy_file_range,ftruncate", "all"),
    ("linked", "", "rename,renameat,renameat2", "all"),
])
def test_a_build_that_was_killed(tmp_path: Path, story: str, only: str, calls: str,
                                 tool: str) -> None:
    assert shutil.which("strace"), "strace kills these builds: install it"
    assert calls in kills.CALLS
    prepared = STORIES[story](tmp_path / "project")
    (series,) = kills.points((only,), (calls,), (tool,))
    found = list(itertools.islice(kills.problems(prepared, series, tmp_path / "copy"), 5))
    assert found, "nothing was killed"
    assert not any(found), "\n".join(filter(None, found))
