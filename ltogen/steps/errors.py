"""The one exception of a build step, and what it says of a linker."""

from __future__ import annotations

import os


class StepError(Exception):
    """A step cannot go on. The message is printed as it is, and may be empty."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def linker_failure(linker: str, status: int, message: str, scratch: str, place: str,
                   what: str) -> StepError:
    """What to say of an lld that failed: it wrote to `scratch`, in the place of `place`."""
    disk = os.statvfs(scratch)
    if "No space left on device" in message or disk.f_bavail == 0:
        return StepError(f"ltogen: {place}: no space left for {what}; free some, then build again")
    if not message:
        return StepError(f"ltogen: {linker} failed with status {status} and no message")
    return StepError(message.rstrip())
