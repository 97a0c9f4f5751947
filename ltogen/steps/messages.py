"""What lld says of a link's modules, with the names that users have for them."""

from __future__ import annotations

import os

from ltogen.base import files, response_files

# Where a name begins and ends that lld prints.
_START = r"(?<![^\s'(:])"
_END = r"\.o(?=: |:\(|$)"


class Names:
    """The folders that no message should name: `hidden` has them as one word of a command.

    What follows a folder with `+` in front is a source and `.o`; else it is the user's own name.
    """

    def __init__(self, hidden: str) -> None:
        self._folders = response_files.parse(os.fsencode(hidden))

    def spell(self, message: str) -> str:
        """The message with the users' names in it."""
        if not message:
            return ""
        import re  # (most links have nothing to say)

        for folder in self._folders:
            if folder[0] == "+":
                pattern = rf"{_START}{re.escape(folder[1:])}(.*?){_END}"
                message = re.sub(pattern, r"\1", message, flags=re.MULTILINE)
            message = re.sub(_START + re.escape(folder.removeprefix("+")), "", message)
        return message


def remember(path: str, said: str) -> None:
    """Write what was said to a file, so that the final link need not say it again."""
    files.write_if_changed(path, os.fsencode(said))
