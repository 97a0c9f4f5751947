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
# Sets of glibc's, which no other object adds to, and of libc++'s, which have no order.
_OF_LIBRARIES = (b"__libc_", b"__lcxx_")
_PLACING = ("INSERT", "OVERWRITE_SECTIONS", "SECTIONS")


def matters(line: CommandLine, reads: Inputs, natives: Natives) -> bool:
    """Whether it may show in which order natives and modules come.

    That a native has constructors is enough: a module may add to them by inline assembler, which no
    symbol tells. A script may know the order of any sections, and so may a reader of a file without
    headers.
    """
    placed = line.last("oformat") == "binary" or any(
        directive in _PLACING for _, _, directive in reads.further)
    return any(placed or name.startswith(_CALLED) or _is_set(name)
               for data in natives.behind() for name in elf.loaded_sections(data))


def _is_set(name: bytes) -> bool:
    """Whether the linker gives a section's bounds: its name is one of C."""
    return (name[:1] != b"." and name.isascii() and name.decode().isidentifier()
            and not name.startswith(_OF_LIBRARIES))
