"""Names for rules, and the commands that every lowering shares."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ltogen import steps
from ltogen.base import quoting

# An underscore that could be taken for an escape is escaped too.
_ILLEGAL = re.compile(r"[^A-Za-z0-9_-]|_(?=[0-9a-f]+_)")
_STEPS = Path(steps.__file__).parent
CUTOFF = str(_STEPS / "cutoff.sh")
THIN_LINK_SOURCE = str(_STEPS / "thin_link.py")
SPLIT_SOURCES = tuple(str(_STEPS / "split" / f"{name}.py")
                      for name in ("clusters", "cut", "homes", "main", "owners", "text", "units"))
MERGE_SOURCE = str(_STEPS / "merge.py")


def rule_name(*parts: str) -> str:
    """A legal rule name; different parts give different names."""
    return ".".join(_ILLEGAL.sub(lambda m: f"_{ord(m.group()):x}_", part) for part in parts)


def cut_off(command: Iterable[str], tail: str, options: str = "", output: str = "$out") -> str:
    """A command that writes `output` and leaves it alone when its bytes stay the same.

    `tail` is Ninja text that comes last; the script appends the path to write to. `options` are
    the script's own, as Ninja text.
    """
    return cut_off_text(quoting.shell(command), tail, options, output)


def cut_off_text(command: str, tail: str, options: str = "", output: str = "$out") -> str:
    """The same for a command that is Ninja text already."""
    script = " ".join(filter(None, (quoting.shell(["sh", CUTOFF]), options)))
    return f"{script} {output} {command} {tail}"


def compile_command(words: Iterable[str], tail: str, beside: tuple[str, ...],
                    options: str = "") -> str:
    """A command that compiles to `$out`, and to files beside it that clang names after it.

    Such a name is written into the output too, so it must not depend on whether the output was
    there before.
    """
    return cut_off(words, tail, " ".join(filter(None, (options, "--aside" if beside else ""))))


def link(words: Iterable[str], depfile: str, prefix: str = "", suffix: str = "") -> str:
    """A command that links `$out` with lld, and writes down every file it read.

    `prefix` and `suffix` are shell text around it.
    """
    file = quoting.shell([depfile])
    option = quoting.shell([f"--dependency-file={depfile}"])
    linked = cut_off(words, f"{option} -o", f"--deps {file}")
    return f"{quoting.ninja_text(prefix)}{linked}{quoting.ninja_text(suffix)}"


def step(python: str, *words: str) -> str:
    """A command that runs one of ltogen's build steps, without the site packages."""
    return quoting.shell([python, "-IS", str(_STEPS / "__main__.py"), *words])
