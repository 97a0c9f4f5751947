"""Which clang, lld and archiver a build uses, and what identifies them."""

from ltogen.toolchain.choose import Request, choose
from ltogen.toolchain.model import Toolchain

__all__ = ["Request", "Toolchain", "choose"]
