"""What options switch for the inputs behind them."""

from __future__ import annotations

from ltogen.linker.command_line import Argument, CommandLine

# (-N and -n mean static libraries too.)
_STATIC = frozenset(("Bstatic", "omagic", "nmagic"))


class State:
    """How lld takes the next input of a line."""

    __slots__ = ("_relocatable", "_saved", "as_needed", "binary", "lazy", "static",
                 "whole_archive")

    def __init__(self, line: CommandLine) -> None:
        # -r means static libraries, whatever else is said.
        self.static = self._relocatable = line.has("relocatable")
        self.whole_archive = False
        self.lazy = False  # between --start-lib and --end-lib
        self.as_needed = False
        self.binary = False  # --format=binary
        self._saved: list[tuple[bool, bool, bool]] = []

    def follow(self, argument: Argument) -> bool:
        """Switch what an argument says; False if it says nothing of the kind."""
        option = argument.option
        if option in ("whole-archive", "no-whole-archive"):
            self.whole_archive = option == "whole-archive"
        elif option in ("as-needed", "no-as-needed"):
            self.as_needed = option == "as-needed"
        elif option in ("start-lib", "end-lib"):
            self.lazy = option == "start-lib"
        elif option in _STATIC or option == "Bdynamic":
            self.static = option in _STATIC or self._relocatable
        elif option == "format":
            self.binary = argument.value == "binary"
        else:
            return self._keep(option)
        return True

    def _keep(self, option: str) -> bool:
        if option == "push-state":
            self._saved.append((self.as_needed, self.static, self.whole_archive))
        elif option == "pop-state":
            if self._saved:
                self.as_needed, self.static, self.whole_archive = self._saved.pop()
        else:
            return False
        return True
