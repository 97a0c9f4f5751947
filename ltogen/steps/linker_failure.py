"""The message of a build step when a linker fails."""

from __future__ import annotations

import os

from ltogen.base.errors import StepError


def linker_failure(linker: str, status: int, message: str, scratch: str, place: str,
                   what: str, shown: str) -> StepError:
    """The error for a failed lld, which wrote to `scratch` instead of `place`.

    `shown` is the link as its user would type it, or nothing.
    """
    disk = os.statvfs(scratch)
    if "No space left on device" in message or disk.f_bavail == 0:
        return StepError(f"ltogen: {place}: no space left for {what}; free some, then build again")
    if not message:
        return StepError(f"ltogen: {linker} failed with status {status} and no message")
    return StepError("\n".join(filter(None, (message.rstrip(), shown))))
