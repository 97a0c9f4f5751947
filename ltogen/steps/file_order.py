"""Whether a program depends on the order of its files.

lld puts what it compiled behind all native objects, and the final link of a graph natives in the
place of their modules. Nobody minds of most code and data. What is put together and then walked
through, such as constructors, is another program in another order.
"""

from __future__ import annotations

from ltogen.base import elf

TYPE_CHECKING = False  # (of what a step need not import)
if TYPE_CHECKING:
    from ltogen.linker.command_line import CommandLine
    from ltogen.linker.inputs import Inputs
    from ltogen.steps.native_inputs import Natives

_CALLED = (b".init_array", b".fini_array", b".preinit_array", b".ctors", b".dtors")
# What a module's string table has if it adds to one of these.
_OF_MODULES = (b"llvm.global_ctors", b"llvm.global_dtors", *_CALLED)
# Sets of glibc's, which no other object adds to, and of libc++'s, which have no order.
_OF_LIBRARIES = (b"__libc_", b"__lcxx_")
_PLACING = ("INSERT", "OVERWRITE_SECTIONS", "SECTIONS")


def matters(line: CommandLine, reads: Inputs, natives: Natives, *, called: bool) -> bool:
    """Whether it may show in which order natives and modules come.

    `called`: a module has constructors or the like. Two members of archives that have some may be
    in another order too: which is taken first depends on the order of symbols in those who want
    them, and a module's is not its native's. A script may know the order of any sections, and so
    may a reader of a file without headers.
    """
    placed = line.last("oformat") == "binary" or any(
        directive in _PLACING for _, _, directive in reads.further)
    count, extractions = 0, False
    for data, extracted in natives.behind():
        names = list(elf.loaded_sections(data))
        if placed or any(map(_is_set, names)):
            return True
        if any(name.startswith(_CALLED) for name in names):
            count += 1
            extractions = extractions or extracted
    return count > (0 if called else 1 if extractions else count)


def is_called(names: bytes) -> bool:
    """Whether a module has constructors or the like, by the names in its string table."""
    return any(name in names for name in _OF_MODULES)


def _is_set(name: bytes) -> bool:
    """Whether the linker gives a section's bounds: its name is one of C."""
    return (name[:1] != b"." and name.isascii() and name.decode().isidentifier()
            and not name.startswith(_OF_LIBRARIES))
