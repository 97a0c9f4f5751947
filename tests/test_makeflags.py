"""MAKEFLAGS by GNU make's rules, which make itself confirms where it can."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ltogen.jobserver import makeflags


@pytest.mark.parametrize(("text", "found"), [
    ("", None),
    (" -j4 --jobserver-auth=3,4", (3, 4)),
    ("ks -j4 --jobserver-auth=3,4", (3, 4)),
    (" --jobserver-fds=5,6 -j", (5, 6)),
    (" --jobserver-auth=3,4 --jobserver-auth=7,8", (7, 8)),
    (" --jobserver-auth=3,4 --jobserver-auth=-2,-2", (3, 4)),  # by make 4.4, without `+`
    (" --jobserver-auth=fifo:/x --jobserver-auth=-2,-2", None),
    (" --jobserver-auth=3,4 --jobserver-auth=-1,-1", None),
    (" --jobserver-auth=-2,-2", None),
    (" --jobserver-auth=\u00b2,\u00b3", None),
    (f" --jobserver-auth={'9' * 5000},4", None),
    (" --jobserver-auth=-2,-2 --jobserver-auth=3,4", (3, 4)),
    (" --jobserver-auth=fifo:/tmp/GMfifo1", "/tmp/GMfifo1"),
    (" --jobserver-auth=fifo:/tmp/a\\ b", "/tmp/a b"),
    (" --jobserver-auth=3,4 --jobserver-auth=fifo:/tmp/x", "/tmp/x"),
    ("n -j4 --jobserver-auth=3,4", None),
    ("kn -j4 --jobserver-auth=3,4", None),
    (" --dry-run --jobserver-auth=3,4", None),
    ("CONFIG=n -j4 --jobserver-auth=3,4", (3, 4)),
    (" -j4 --jobserver-auth=3,4 -- A=--jobserver-auth=9,9", (3, 4)),
    (" -- A=n --jobserver-auth=9,9", None),
    (" --jobserver-auth=3", None),
    (" --jobserver-auth=", None),
    (" --jobserver-auth=a,b", None),
    (" --jobserver-auth", None),
    (" -I somewhere", None),
])
def test_what_it_says(text: str, found: object) -> None:
    auth = makeflags.parse(text)
    assert (auth and (auth.path or (auth.read, auth.write))) == found


@pytest.mark.parametrize("before", ["", "k", " -j4 --jobserver-auth=3,4", "ks --jobserver-fds=3,4",
                                    " -- A=1", "k -j -- A=a\\ b", "A=1"])
def test_another_jobserver(before: str) -> None:
    text = makeflags.with_auth(before, "--jobserver-auth=8,9")
    auth = makeflags.parse(text)
    assert auth is not None and (auth.read, auth.write) == (8, 9)
    assert text.count("--jobserver") == 1 and "-j4" not in text
    assert before.partition(" -- ")[2] in text


def test_make_agrees(tmp_path: Path) -> None:
    """What is given to a make arrives at the make below it, options and variables alike."""
    (tmp_path / "Makefile").write_text("all:\n\t+@echo \"$$MAKEFLAGS\"\n")
    done = subprocess.run(["make", "-s", "-k", "-j3", "A=a b"], cwd=tmp_path, check=True,
                          capture_output=True, text=True)
    given_down = done.stdout.rstrip("\n")
    auth = makeflags.parse(given_down)
    assert auth is not None
    text = makeflags.with_auth(given_down, "--jobserver-auth=-2,-2")
    (tmp_path / "Makefile").write_text("all:\n\t@echo '$(A)' $(MAKEFLAGS)\n")
    again = subprocess.run(["make"], cwd=tmp_path, check=True, capture_output=True, text=True,
                           env={"PATH": "/usr/bin:/bin", "MAKEFLAGS": text})
    words = shlex.split(again.stdout)
    assert words[:2] == ["a", "b"] and set("ks") <= set(words[2])


@given(st.text(alphabet="ab n-=,:/\\j\t", max_size=40))
def test_any_text(text: str) -> None:
    makeflags.parse(text)
    auth = makeflags.parse(makeflags.with_auth(text, "--jobserver-auth=8,9"))
    dry = makeflags.parse(" --jobserver-auth=8,9") is None
    assert dry is False
    if auth is not None:
        assert (auth.read, auth.write) == (8, 9)
