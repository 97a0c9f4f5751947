"""A step's edges run again when the code of the step is another, and only then."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

import ltogen
from ltogen.steps.run import MODULES
from ltogen.toolchain import step_code
from tests.support.workspace import Run, Workspace, run

PROJECT = {
    "ltogen.toml": """[targets.program]
sources = ["*.c"]
""",
    "main.c": "int twice(int);\nint main(void) { return twice(0); }\n",
    "twice.c": "int twice(int x) { return x * 2; }\n",
}


@pytest.mark.parametrize("step", MODULES)
def test_every_file_that_a_step_imports_counts(step: str, tmp_path: Path) -> None:
    """What a step imports when it runs is what its own text says it may."""
    show = (f"import sys; sys.path.insert(0, {str(Path(ltogen.__file__).parents[1])!r}); "
            f"import ltogen.steps.run; import {MODULES[step]}; "
            "print(*[module.__file__ for name, module in sys.modules.items() "
            "if name.startswith('ltogen') and hasattr(module, '__file__')], sep='\\n')")
    done = run([sys.executable, "-ISc", show], tmp_path)
    imported = {path for path in done.stdout.splitlines() if not path.endswith("__init__.py")}
    assert imported and imported <= step_code.sources(step)


class Copied:
    """An installation of its own, whose files a test may edit."""

    def __init__(self, workspace: Workspace, folder: Path) -> None:
        self._workspace, self.folder = workspace, folder / "ltogen"
        shutil.copytree(Path(ltogen.__file__).parent, self.folder,
                        ignore=shutil.ignore_patterns("__pycache__"))
        self._env = {"PYTHONPATH": str(folder)}

    def configure(self) -> None:
        """`ltogen configure` by the copy."""
        done = run([sys.executable, "-m", "ltogen", "configure", "--toolchain",
                    self._workspace.toolchain], self._workspace.root, self._env)
        assert done.status == 0, done.text

    def make(self) -> Run:
        """Ninja, which calls the copy to configure."""
        done = self._workspace.try_build(env=self._env)
        assert done.status == 0, done.text
        return done


@pytest.fixture
def copied(any_workspace: Workspace, tmp_path: Path) -> Copied:
    """A project that is up to date, built by a copy of ltogen."""
    any_workspace.write(PROJECT)
    copy = Copied(any_workspace, tmp_path / "installed")
    copy.configure()
    copy.make()
    assert "no work to do" in copy.make().stdout
    return copy


@pytest.mark.parametrize(("helper", "again"), [
    ("base/elf.py", {"thin link out/program"}),
    ("steps/thin_link.py", {"thin link out/program"}),
    ("steps/merge.py", set[str]()),
    ("steps/driver_args.py", {"ask the driver how to link"}),
    ("base/files.py", {"thin link out/program", "ask the driver how to link"}),
])
def test_another_helper_runs_its_steps_again(copied: Copied, helper: str,
                                             again: set[str]) -> None:
    path = copied.folder / helper
    path.write_text(path.read_text() + "\n# Another version.\n")
    assert set(copied.make().edges) - {"configure"} == again
    assert "no work to do" in copied.make().stdout


@pytest.mark.parametrize(("script", "again"), [
    ("cutoff.sh", {"compile main.c", "compile twice.c", "code main.c for out/program",
                   "code twice.c for out/program", "link out/program"}),
    ("store.sh", {"code main.c for out/program", "code twice.c for out/program"}),
])
def test_another_script_runs_what_it_ran_again(copied: Copied, script: str,
                                               again: set[str]) -> None:
    path = copied.folder / "steps" / script
    path.write_text(path.read_text() + "\n# Another version.\n")
    assert set(copied.make().edges) - {"configure"} == again


def test_the_same_code_written_again_runs_nothing(copied: Copied) -> None:
    for path in copied.folder.rglob("*.[ps][yh]"):
        os.utime(path)
    assert set(copied.make().edges) <= {"configure"}
    assert "no work to do" in copied.make().stdout
