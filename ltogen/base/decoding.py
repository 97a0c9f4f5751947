"""What msgspec says of data that it cannot take, with the place in front."""

from __future__ import annotations

import re

# `Expected `int`, got `str` - at `$.jobs[3].inputs``
_PLACE = re.compile(r"(.*) - at `\$\.?(.*)`\Z", re.DOTALL)


def located(error: Exception) -> str:
    """The message of an error, as `jobs[3].inputs: Expected ...`."""
    found = _PLACE.match(str(error))
    return f"{found[2]}: {found[1]}" if found else str(error)
