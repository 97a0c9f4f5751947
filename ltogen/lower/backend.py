"""The command of a backend: a module's passes and code, as the linker's own LTO runs them."""

from __future__ import annotations

import re
import shlex

from ltogen.clang import flags
from ltogen.lower.commands import Words

# What is the first step's alone: its level, and what it has written.
_FIRST = re.compile(r"-O\w*\Z|-fsave-optimization-record|-foptimization-record-")


def line(words: tuple[str, ...], index: Words, compiler: int) -> Words:
    """The command but for the path of the object.

    `index` are the words for bitcode and index; of the other `words` the first `compiler` name the
    compiler.
    """
    if flags.optimization_level(words, "2") in ("0", "1"):
        return _in_two_steps(words, index, compiler)
    return *words, *index, "-o"


def _in_two_steps(words: tuple[str, ...], index: Words, compiler: int) -> Words:
    """A backend at -O0 or -O1, with the code generator at 2, as lld has it at these levels.

    clang has one level for both. lld also unrolls loops at -O1.
    """
    driver, arguments = words[:compiler], words[compiler:]
    passes = shlex.join((*driver, "-funroll-loops", *arguments, "-emit-llvm"))
    code = shlex.join((*driver, *(word for word in arguments if not _FIRST.match(word)),
                       "-O2", "-Xclang", "-disable-llvm-passes"))
    # (cutoff.sh may add options behind the output.)
    return ("sh", "-c", f'bitcode=$0 index=$1 output=$2; shift; {passes} "$bitcode" "$index" '
            f'-o "$@" && {code} "$output" -o "$output"', *index)


def codegen_flags(pic: bool) -> tuple[str, ...]:
    """Flags of clang for what lld's own code generator implies.

    lld always splits sections, and its relocation model follows the output, not the module.
    """
    return ("-ffunction-sections", "-fdata-sections", "-fPIC" if pic else "-fno-pie",
            "-Wno-override-module")
