"""Intermediate files of lld, kept for --save-temps."""

from __future__ import annotations

import os


class Temps:
    """Reads lld's options of a step: `--save-temps -o PREFIX` at their end, or neither."""

    def __init__(self, options: list[str]) -> None:
        self._prefix = ""
        self.options = options
        if "--save-temps" in options:
            self._prefix = options[-1]
            top = self._prefix.partition("/temps/")[0] + "/temps/"
            os.makedirs(top, exist_ok=True)
            # Moved later: lld takes a `%` in a path for a letter of its choice.
            self._scratch = f"{top}{os.getpid()}"
            self.options = [*options[:-1], self._scratch]

    def __bool__(self) -> bool:
        return bool(self._prefix)

    @property
    def remarks(self) -> list[str]:
        """Options that keep remarks of modules that lld itself optimises."""
        return ["--opt-remarks-filename", f"{self._scratch}.opt.yaml"] if self._prefix else []

    def keep(self) -> None:
        """Move the kept files to their place; lld's output is not one of them."""
        if not self._prefix:
            return
        folder, name = os.path.split(self._scratch)
        os.makedirs(os.path.dirname(self._prefix), exist_ok=True)
        for file in os.listdir(folder):
            if file == name:
                os.unlink(self._scratch)
            elif file.startswith(f"{name}."):
                os.replace(f"{folder}/{file}", self._prefix + file.removeprefix(name))
