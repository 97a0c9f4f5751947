"""What a build step says of a linker that failed."""

from __future__ import annotations

import os

from ltogen.base.errors import StepError


def linker_failure(linker: str, status: int, message: str, scratch: str, place: str,
                   what: str) -> StepError:
    """What to say of an lld that failed: it wrote to `scratch`, in the place of `place`."""
    disk = os.statvfs(scratch)
    if "No space left on device" in message or disk.f_bavail == 0:
        return StepError(f"ltogen: {place}: no space left for {what}; free some, then build again")
    if not message:
        return StepError(f"ltogen: {linker} failed with status {status} and no message")
    return StepError(message.rstrip())
