"""`python -m campaigns.checks`: zstd and Lua, built by each toolchain and mode, put to use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from campaigns.checks import lua, zstd
from campaigns.checks.build import PACKAGES, Built, CheckError, build
from campaigns.places import leave_store_alone, need_package
from ltogen.base.errors import UserError
from ltogen.model.project import Lto
from ltogen.toolchain import Toolchain
from ltogen.toolchain.embedded import embedded
from ltogen.toolchain.system import Choice, system

_TOOLCHAINS: dict[str, Callable[[], Toolchain]] = {
    "system": lambda: system(Choice(None, None, None, None, None)),
    "embedded": lambda: embedded(None),
}
_PROGRAMS: dict[str, Callable[[Built], str]] = {"lua": lua.check, "zstd": zstd.check}


def main(words: list[str]) -> int:
    """Run the checks; the exit status is 1 if one fails."""
    leave_store_alone()
    parser = argparse.ArgumentParser("python -m campaigns.checks", description=__doc__)
    parser.add_argument("--toolchain", choices=tuple(_TOOLCHAINS),
                        help="default: every one that is there")
    named = parser.parse_args(words).toolchain
    try:
        for program in _PROGRAMS:
            need_package(program, PACKAGES[program])
    except UserError as error:
        print(f"campaigns.checks: {error}", file=sys.stderr)
        return 2
    passed = [_check(program, kind, lto.value) for kind in ([named] if named else _present())
              for program in _PROGRAMS for lto in Lto]
    print(f"{sum(passed)} passed, {len(passed) - sum(passed)} failed")
    return 0 if passed and all(passed) else 1


def _check(program: str, kind: str, lto: str) -> bool:
    what = f"{program}, {lto}, {kind}"
    try:
        print(f"ok      {what}: {_PROGRAMS[program](build(program, kind, lto))}", flush=True)
    except (UserError, CheckError) as error:
        print(f"FAILED  {what}: {error}", flush=True)
        return False
    return True


def _present() -> list[str]:
    found = []
    for kind, find in _TOOLCHAINS.items():
        try:
            find()
            found.append(kind)
        except UserError as error:
            print(f"skipped {kind}: {error}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
