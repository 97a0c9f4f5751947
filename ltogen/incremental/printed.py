"""A module as LLVM prints it.

llvmlite's library reads bitcode of its own major version in this process. Another version would
upgrade what it reads, and might make equal what the compiler distinguishes: there the toolchain's
own clang prints. llvmlite's Python is not imported: that takes longer than to read and print a
large module.
"""

from __future__ import annotations

import ctypes
import os

from ltogen.base import processes
from ltogen.linker.bitstream import Reader, blocks, items, unwrapped

_IDENTIFICATION_BLOCK = 13
_IDENTIFICATION_STRING = 1
_MODULE_BLOCK = 8
_TRIPLE = 2
_libraries: list[_Library | None] = []  # the one that is loaded, if any, once it was looked for


def printed(bitcode: bytes, clang: tuple[str, ...] = ()) -> bytes | None:
    """The text of the module in `bitcode`; None if nobody at hand can read it.

    `clang` are the words of a compiler command, without what it is to do.
    """
    try:
        producer = _said(bitcode, _IDENTIFICATION_BLOCK, _IDENTIFICATION_STRING)
        library = _library()
        if library is not None and library.major == _first_number(producer):
            return library.printed(bytes(unwrapped(bitcode)))
        return printed_by(clang, bitcode) if clang else None
    except (EOFError, IndexError, ValueError, OverflowError):
        return None


def _said(bitcode: bytes, number: int, code: int) -> bytes:
    """The text in the first record `code` of the first block `number`; empty if there is none."""
    data = unwrapped(bitcode)
    for block in blocks(Reader(data, 32, len(data) * 8, 2)):
        if block.number == number:
            for item in items(block):
                if isinstance(item, list) and item[0] == code:
                    return bytes(letter & 0xFF for letter in item[1:])
    return b""


def _first_number(text: bytes) -> int:
    digits = text.lstrip(bytes(range(0x30)) + bytes(range(0x3A, 0x100)))
    return int(digits[:len(digits) - len(digits.lstrip(b"0123456789"))] or b"0")


def _library() -> _Library | None:
    if not _libraries:
        try:
            _libraries.append(_Library())
        except (OSError, AttributeError, ImportError):
            _libraries.append(None)
    return _libraries[0]


class _Library:
    """llvmlite's library, by its C interface."""

    def __init__(self) -> None:
        """Raises OSError, AttributeError or ImportError if it is not there, or not as expected."""
        from importlib.machinery import PathFinder

        package = PathFinder.find_spec("llvmlite")
        folders = list(package.submodule_search_locations or ()) if package else []
        if not folders:
            raise ImportError
        library = ctypes.CDLL(f"{folders[0]}/binding/libllvmlite.so")
        pointer, reference = ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)
        self._create = library.LLVMPY_ContextCreate
        self._create.restype = pointer
        self._parse = library.LLVMPY_ParseBitcode
        self._parse.argtypes = [pointer, ctypes.c_char_p, ctypes.c_size_t, reference]
        self._parse.restype = pointer
        self._print = library.LLVMPY_PrintModuleToString
        self._print.argtypes = [pointer, reference]
        self._free = library.LLVMPY_DisposeString
        self._drop_module = library.LLVMPY_DisposeModule
        self._drop = library.LLVMPY_ContextDispose
        for function in (self._free, self._drop_module, self._drop):
            function.argtypes = [pointer]
        version = library.LLVMPY_GetVersionInfo
        version.restype = ctypes.c_uint
        self.major = version() >> 16

    def printed(self, bitcode: bytes) -> bytes | None:
        """The text of the module in `bitcode`; None if it cannot be parsed."""
        context = self._create()
        try:
            error = ctypes.c_void_p()
            module = self._parse(context, bitcode, len(bitcode), ctypes.byref(error))
            if error:
                self._free(error)
            if not module:
                return None
            try:
                text = ctypes.c_void_p()
                self._print(module, ctypes.byref(text))
                try:
                    return ctypes.string_at(text) if text else None
                finally:
                    self._free(text)
            finally:
                self._drop_module(module)
        finally:
            self._drop(context)


def printed_by(clang: tuple[str, ...], bitcode: bytes) -> bytes | None:
    """The text as the compiler prints it; None if it cannot."""
    triple = os.fsdecode(_said(bitcode, _MODULE_BLOCK, _TRIPLE))
    descriptor = os.memfd_create("bitcode", 0)  # (The child opens it by name.)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(bitcode)
        status, text, _ = processes.run([
            # Else the module gets the compiler's own target, whatever it had.
            *clang, *(("-target", triple) if triple else ()), "-x", "ir", "-S", "-emit-llvm",
            "-Xclang", "-disable-llvm-passes", "-o", "-", f"/proc/self/fd/{descriptor}"])
    finally:
        os.close(descriptor)
    if text.startswith(b"; ModuleID = "):  # (It is the name of the file that was read.)
        text = text.partition(b"\n")[2]
    return text if status == 0 else None
