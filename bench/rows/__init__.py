"""The rows of the table, by the names that the command line knows."""

from __future__ import annotations

from collections.abc import Callable

from bench.rows import (
    autotools,
    cold,
    configure,
    edit,
    edited,
    fat,
    identical,
    memory,
    noop,
    repeated,
    stored,
    thin_link,
)
from bench.session import Session
from bench.table import Row

ROWS: dict[str, Callable[[Session], list[Row]]] = {
    "cold": cold.rows,
    "comment": edit.comment_rows,
    "body": edit.body_rows,
    "noop": noop.rows,
    "thin": thin_link.rows,
    "configure": configure.rows,
    "identical": identical.rows,
    "memory": memory.rows,
    "fat": fat.rows,
    "edits-alone": edited.alone_rows,
    "edits-body": edited.body_rows,
    "edits-shared": edited.shared_rows,
    "edits-comment": edited.comment_rows,
    "edits-kinds": edited.kind_rows,
    "edits-again": repeated.again_rows,
    "edits-checkout": repeated.checkout_rows,
    "edits-tmux": autotools.rows,
    "edits-branch": repeated.branch_rows,
    "edits-store": stored.store_rows,
    "edits-names": stored.name_rows,
}
# Several rows by one name; those that take long are only measured when they are named.
GROUPS = {"edits": tuple(name for name in ROWS if name.startswith("edits-"))}
