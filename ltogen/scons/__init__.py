"""ltogen's builders for SCons: `Environment(tools=["default", "ltogen"], toolpath=toolpath)`."""

from __future__ import annotations

from pathlib import Path

_PLACES = (Path(__file__).parent / "site_tools",
           Path(__file__).parents[2] / "site_scons" / "site_tools")

# The installed package has the tool inside; a checkout beside it.
toolpath = [str(next(place for place in _PLACES if (place / "ltogen").is_dir()))]
