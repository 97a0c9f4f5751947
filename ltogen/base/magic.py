"""The first bytes of bitcode, by which a linker tells it from other inputs.

From LLVM's "Bitcode File Format".
"""

WRAPPED = b"\xde\xc0\x17\x0b"  # bitcode behind a header that says where it lies
BITCODE = (b"BC\xc0\xde", WRAPPED)
