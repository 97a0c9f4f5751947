"""Which clang, lld and archiver a build uses, and what identifies them."""

from ltogen.model.toolchain import Toolchain
from ltogen.toolchain.choose import Request, choose

__all__ = ["Request", "Toolchain", "choose"]
