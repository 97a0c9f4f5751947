"""Puts an object where a command here would have put it."""

from __future__ import annotations

import os

from ltogen.base import files
from ltogen.remote_build.asked import Asked
from ltogen.steps.keys import Key
from ltogen.store.objects import Store


def take_stored(asked: Asked, key: Key, start: int) -> bool:
    """Take the object out of the store; False if it is not there, or not alone."""
    store = Store(asked.path(asked.store)) if asked.store else None
    return bool(store and store.is_alone(key.digest)
                and store.fetch(key.digest, asked.path(asked.output), start))


def place(asked: Asked, key: Key, made: str, start: int, *, keep: bool) -> None:
    """Move an object that was `made` beside the output into its place, if it is another.

    As cutoff.sh does: it appears whole, and as old as the start of what made it. `keep`: the store
    gets it too.
    """
    output = asked.path(asked.output)
    if keep and asked.store:
        Store(asked.path(asked.store)).keep(key.digest, made)
    if files.same(made, output):
        os.unlink(made)
    else:
        files.replace(made, output, start)
