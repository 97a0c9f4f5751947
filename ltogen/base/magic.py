"""The first bytes of bitcode and of archives, by which a linker tells them from other inputs.

From LLVM's "Bitcode File Format" and `ar`.
"""

WRAPPED = b"\xde\xc0\x17\x0b"  # bitcode behind a header that says where it lies
BITCODE = (b"BC\xc0\xde", WRAPPED)
ARCHIVE = b"!<arch>\n"
THIN_ARCHIVE = b"!<thin>\n"
