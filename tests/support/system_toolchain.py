"""The machine's own clang and lld, if it has them; the tests name its tools by these."""

from __future__ import annotations

import pytest

from ltogen.base.errors import UserError
from ltogen.model.toolchain import Toolchain
from ltogen.toolchain.system import Choice, system


def _find() -> Toolchain | None:
    try:
        return system(Choice(None, None, None, None, None))
    except UserError:
        return None


SYSTEM = _find()
CC = SYSTEM.cc[0] if SYSTEM else "clang"
CXX = SYSTEM.cxx[0] if SYSTEM else "clang++"
AR = SYSTEM.ar[0] if SYSTEM else "llvm-ar"
MAJOR = SYSTEM.major if SYSTEM else 0
needs_clang = pytest.mark.skipif(SYSTEM is None, reason="no clang with its lld on PATH")
