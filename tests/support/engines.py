"""Marks for tests that use remote execution engines."""

from __future__ import annotations

import pytest

from campaigns.remote.engines.tools import find_tools, what_is_missing

TOOLS = find_tools()
needs_casd = pytest.mark.skipif(bool(what_is_missing()), reason=what_is_missing())
needs_farm = pytest.mark.skipif(bool(what_is_missing(farm=True)),
                                reason=what_is_missing(farm=True))
