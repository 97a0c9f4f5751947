"""The rows of the table, by the names that the command line knows."""

from __future__ import annotations

from collections.abc import Callable

from bench.rows import cold, configure, edit, fat, identical, memory, noop, thin_link
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
}
