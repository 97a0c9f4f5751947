"""Runs lit, and ends all that it started when the campaign ends, however that happens."""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.lld_suite.site import LIT, Site
from ltogen.base.errors import UserError

_PR_SET_PDEATHSIG = 1
_PASSED = ("PASS", "XFAIL", "FLAKYPASS")
_NOT_RUN = ("UNSUPPORTED", "SKIPPED", "EXCLUDED")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ended, and what it printed; `passed` is None if it was not run."""

    passed: bool | None
    output: str


def run(site: Site, *, ltogen: bool, lto: bool, only: str) -> dict[str, Outcome]:
    """The outcome of each test whose name the regular expression `only` is found in.

    A run that is finished in the site's folder is not done again. Raises UserError if lit itself
    fails.
    """
    results = site.folder / "results.json"
    if results.exists():
        return _outcomes(json.loads(results.read_bytes()))
    site.write(ltogen=ltogen)
    words = [str(LIT), "-j1", "--quiet", "--ignore-fail", "--order=lexical", "-o", str(results),
             *(("--filter", only) if only else ()), *site.suites(lto=lto)]
    log = site.folder / "lit.log"
    with log.open("wb") as file:
        status = _kept(words, file.fileno())
    if not results.exists():
        raise UserError(f"lit ended with status {status}; see {log}")
    return _outcomes(json.loads(results.read_bytes()))


def _kept(words: Sequence[str], output: int) -> int:
    """Run a command under ltogen's pool, which ends what is left of it when it is killed itself."""
    pool = [sys.executable, "-m", "ltogen", "jobserver", "-j1", "--", *words]
    with subprocess.Popen(pool, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                          env={**os.environ, "LIT_USE_INTERNAL_SHELL": "1"},
                          preexec_fn=_die_with_the_campaign) as child:
        try:
            return child.wait()
        except BaseException:
            child.terminate()
            child.wait()
            raise


def _die_with_the_campaign() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


def _outcomes(results: dict[str, list[dict[str, str]]]) -> dict[str, Outcome]:
    """By the test's name without its suite's."""
    return {test["name"].partition(" :: ")[2]: Outcome(_passed(test["code"]), test["output"])
            for test in results["tests"] if test["code"] != "EXCLUDED"}


def _passed(code: str) -> bool | None:
    return None if code in _NOT_RUN else code in _PASSED
