"""What lld takes a file for, by its first bytes, as LLVM's identify_magic does."""

from __future__ import annotations

from ltogen.base import magic

BITCODE = "bitcode"
OBJECT = "object"
FAT_OBJECT = "fat LTO object"
SHARED = "shared library"
ARCHIVE = "archive"
THIN_ARCHIVE = "thin archive"
SCRIPT = "linker script"
BINARY = "binary data"  # whatever it is, behind --format=binary
OTHER = "other"  # lld refuses it
MADE = "made"  # a product of the build, not there yet or about to change
MISSING = "missing"

_ELF = b"\x7fELF"
# Objects and programs of other systems.
_OTHER = (
    b"\0\0", b"\1\xdf", b"\1\xf7", b"A\xa6", b"L\1", b"L\2", b"N\xa6", b"P\1", b"P\2", b"d\x86",
    b"d\xaa", b"f\1", b"f\2", b"h\2", b"\x83\1", b"\x83\2", b"\x84\1", b"\x84\2", b"\x90\2",
    b"\xc4\1", b"\xc4\2", b"\xf0\1", b"\xf0\2", b"{", b"\0asm", b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe",
    b"--- !tapi", b"MDMP", b"Microsoft C/C++ MSF 7.00\r\n")
_ELF_TYPES = {1: OBJECT, 3: SHARED}


def of(head: bytes) -> str:
    """The kind of a file that begins so; a fat LTO object is an object by that."""
    if len(head) < 4:
        return SCRIPT
    if head.startswith(magic.BITCODE):
        return BITCODE
    if head[:8] in (magic.ARCHIVE, magic.THIN_ARCHIVE):
        return THIN_ARCHIVE if head[:8] == magic.THIN_ARCHIVE else ARCHIVE
    if head[:4] == _ELF and len(head) >= 18:
        big = head[5] == 2
        high, low = (head[16], head[17]) if big else (head[17], head[16])
        return OTHER if high else _ELF_TYPES.get(low, OTHER)
    return OTHER if head.startswith(_OTHER) else SCRIPT
