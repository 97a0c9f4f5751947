"""Runs lit on the tests with one linker."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass

from campaigns.lld_suite.site import LIT, Site
from ltogen.base.errors import UserError

JOBS = 2
_PASSED = ("PASS", "XFAIL", "FLAKYPASS")
_NOT_RUN = ("UNSUPPORTED", "SKIPPED", "EXCLUDED")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one test ended, and what it printed; `passed` is None if it was not run."""

    passed: bool | None
    output: str


def run(site: Site, *, ltogen: bool, lto: bool, only: str,
        distributor: bool = False) -> dict[str, Outcome]:
    """The outcome of each test whose name the regular expression `only` is found in.

    A run that is finished in the site's folder is not done again. Raises UserError if lit itself
    fails.
    """
    results = site.folder / "results.json"
    if results.exists():
        return _outcomes(json.loads(results.read_bytes()))
    site.write(ltogen=ltogen, distributor=distributor)
    words = [str(LIT), f"-j{JOBS}", "--quiet", "--ignore-fail", "--order=lexical",
             "-o", str(results), *(("--filter", only) if only else ()), *site.suites(lto=lto)]
    log = site.folder / "lit.log"
    with log.open("wb") as file:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=file,
                              stderr=subprocess.STDOUT, check=False,
                              env={**os.environ, "LIT_USE_INTERNAL_SHELL": "1"})
    if not results.exists():
        raise UserError(f"lit ended with status {done.returncode}; see {log}")
    return _outcomes(json.loads(results.read_bytes()))


def _outcomes(results: dict[str, list[dict[str, str]]]) -> dict[str, Outcome]:
    """By the test's name without its suite's."""
    return {test["name"].partition(" :: ")[2]: Outcome(_passed(test["code"]), test["output"])
            for test in results["tests"] if test["code"] != "EXCLUDED"}


def _passed(code: str) -> bool | None:
    return None if code in _NOT_RUN else code in _PASSED
