"""Backends at the level of the link: passes and code generator as lld sets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.linked import Linked
from tests.support.system_toolchain import needs_clang

pytestmark = needs_clang
_MAIN = """\
    #include <stdio.h>
    int at(int, int); int sum(int *, int);
    int main(int count, char **words) {
        int all[10];
        for (int i = 0; i < 10; i++) all[i] = at(i, count);
        printf("%d\\n", sum(all, 10));
        return 0;
    }
    """
_LOOPS = """\
    int at(int x, int y) {
        switch (x) { case 1: return y * 3; case 2: return y / 7; default: return x * y + 5; }
    }
    int sum(int *all, int n) {
        int s = 0;
        for (int i = 0; i < n; i++)
            if (all[i] > 3) s += all[i] * all[i] / (i + 1); else s -= all[i];
        return s;
    }
    """


@pytest.mark.parametrize("level", ["0", "1", "2", "3"])
def test_a_link_s_level_makes_lld_s_program(tmp_path: Path, level: str) -> None:
    linked = Linked(tmp_path / "work")
    linked.write({"main.c": _MAIN, "loops.c": _LOOPS})
    linked.compile("main.c", "loops.c")
    words = ("main.o", "loops.o", f"-O{level}", "-Wl,-s")
    assert linked.try_link(*words, "-o", "lld", linker="lld").status == 0
    linked.link(*words, "-o", "app")
    assert linked.became() == "2 of 2 modules compiled"
    assert (linked.folder / "app").read_bytes() == (linked.folder / "lld").read_bytes()


def test_a_link_to_stdout_or_a_device_is_lld_s(tmp_path: Path) -> None:
    linked = Linked(tmp_path / "work")
    linked.write({"main.c": _MAIN, "loops.c": _LOOPS})
    linked.compile("main.c", "loops.c")
    for output in ("-", "/dev/null", "/dev/stdout"):
        done = linked.try_link("main.o", "loops.o", "-o", output)
        assert done.status == 0, done.text
        assert "is no regular file" in linked.became()
    assert not (linked.folder / "-.ltogen").exists()
