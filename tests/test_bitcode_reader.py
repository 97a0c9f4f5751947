"""The outline of bitcode is read from what clang writes; from anything else comes one exception."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ltogen.base import magic
from ltogen.linker.bitcode import Bitcode, BitcodeError, inspect
from ltogen.toolchain import Request, Toolchain, choose
from tests.conftest import TOOLCHAINS
from tests.support.bitcode_patch import with_major
from tests.support.workspace import run

MAGIC = magic.BITCODE[0]
SOURCE = """
static int hidden(int x) { return x * 3; }
__attribute__((weak)) int counter = 1;
const char *text(void) { return "some text"; }
int shown(int x) { return hidden(x) + counter; }
"""


@cache
def _toolchain(kind: str) -> Toolchain:
    return choose(Request(kind=kind), Path("/nosuch"))


@cache
def _compile(kind: str, *flags: str) -> bytes:
    command = [*_toolchain(kind).cc, "-x", "c", "-c", "-O1", *flags, "-", "-o", "-"]
    return subprocess.run(command, input=SOURCE.encode(), capture_output=True, check=True).stdout


def _inspect(folder: Path, data: bytes, name: str = "x.bc") -> Bitcode | None:
    path = folder / name
    path.write_bytes(data)
    return inspect(path)


def _must_be_refused(folder: Path, data: bytes, name: str = "x.bc") -> str:
    with pytest.raises(BitcodeError) as caught:
        _inspect(folder, data, name)
    text = str(caught.value)
    assert text and "\n" not in text
    return text


@pytest.mark.parametrize(("flags", "summarised"), [
    (("-flto=thin",), True),
    (("-flto=thin", "-fsplit-lto-unit"), True),
    (("-flto=thin", "-g"), True),
    (("-emit-llvm",), False),
])
def test_what_clang_writes(toolchain: str, tmp_path: Path, flags: tuple[str, ...],
                           summarised: bool) -> None:
    known = _toolchain(toolchain)
    for name in ("x.bc", "x.o"):
        found = _inspect(tmp_path, _compile(toolchain, *flags), name)
        assert found is not None and found.target.split("-")[0] == known.target.split("-")[0]
        assert found == Bitcode(known.major, summarised, found.target, thin=summarised,
                                split_lto_unit="-fsplit-lto-unit" in flags)


def test_regular_lto_bitcode_has_a_summary(toolchain: str, tmp_path: Path) -> None:
    found = _inspect(tmp_path, _compile(toolchain, "-flto=full"))
    assert found is not None and found.summarised and not found.thin


def test_bitcode_in_an_object_with_native_code(toolchain: str, tmp_path: Path) -> None:
    found = _inspect(tmp_path, _compile(toolchain, "-flto=thin", "-ffat-lto-objects"))
    assert found is not None and found.thin and found.embedded


@pytest.mark.parametrize("major", [17, 98])
def test_major_of_the_writer(toolchain: str, tmp_path: Path, major: int) -> None:
    for flags in (("-flto=thin",), ("-emit-llvm",)):
        found = _inspect(tmp_path, with_major(_compile(toolchain, *flags), major))
        assert found is not None and found.major == major


@pytest.mark.parametrize("flag", ["-flto=thin", "-emit-llvm"])
def test_truncated_anywhere(tmp_path: Path, flag: str) -> None:
    data = _compile(TOOLCHAINS[0], flag)
    for length in [*range(len(MAGIC), 64), *range(64, len(data), 7), *range(len(data) - 64,
                                                                           len(data))]:
        for name in ("x.bc", "x.o"):
            assert "rebuild" in _must_be_refused(tmp_path, data[:length], name), length


def test_truncated_inside_the_magic(tmp_path: Path) -> None:
    for length in range(len(MAGIC)):
        assert "not LLVM bitcode" in _must_be_refused(tmp_path, MAGIC[:length])
        assert _inspect(tmp_path, MAGIC[:length], "x.o") is None


def _wrapped(data: bytes, size: int | None = None) -> bytes:
    """The Darwin wrapper: magic, version, offset, size, CPU type."""
    words = (0x0B17C0DE, 0, 20, len(data) if size is None else size, 7)
    return b"".join(word.to_bytes(4, "little") for word in words) + data


def test_wrapper(tmp_path: Path) -> None:
    data = _compile(TOOLCHAINS[0], "-flto=thin")
    assert _inspect(tmp_path, _wrapped(data)) == _inspect(tmp_path, data)
    assert _inspect(tmp_path, _wrapped(data) + bytes(12)) == _inspect(tmp_path, data)


def test_truncated_wrapper(tmp_path: Path) -> None:
    data = _wrapped(_compile(TOOLCHAINS[0], "-flto=thin"))
    for length in [*range(1, 28), *range(28, len(data), 97)]:
        _must_be_refused(tmp_path, data[:length])
    _must_be_refused(tmp_path, _wrapped(data[20:], 64))
    _must_be_refused(tmp_path, _wrapped(data[20:], 0))


def test_padding_is_no_damage(tmp_path: Path) -> None:
    data = _compile(TOOLCHAINS[0], "-flto=thin")
    for padding in (4, 8, 12):
        assert _inspect(tmp_path, data + bytes(padding)) == _inspect(tmp_path, data)


@pytest.mark.parametrize("text", [b"", b"; ModuleID = 'x'\n", b"\x7fELF\x02\x01\x01", b"!<arch>\n"])
def test_something_else(tmp_path: Path, text: bytes) -> None:
    assert "not LLVM bitcode" in _must_be_refused(tmp_path, text)
    assert _inspect(tmp_path, text, "x.o") is None


def test_native_object_is_something_else(toolchain: str, tmp_path: Path) -> None:
    assert _inspect(tmp_path, _compile(toolchain), "x.o") is None


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nosuch.bc"):
        with pytest.raises(BitcodeError, match="cannot read: "):
            inspect(path)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1 << 15), st.integers(0, 7)), min_size=1, max_size=6))
def test_damaged_bits(tmp_path_factory: pytest.TempPathFactory,
                      flips: list[tuple[int, int]]) -> None:
    data = bytearray(_compile(TOOLCHAINS[0], "-flto=thin"))
    for at, bit in flips:
        data[len(MAGIC) + at % (len(data) - len(MAGIC))] ^= 1 << bit
    _never_a_traceback(tmp_path_factory, bytes(data))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
@example(b"")
@example(bytes(64))
@example(b"\xff" * 64)
def test_nonsense_behind_the_magic(tmp_path_factory: pytest.TempPathFactory, tail: bytes) -> None:
    _never_a_traceback(tmp_path_factory, MAGIC + tail)


def _never_a_traceback(factory: pytest.TempPathFactory, data: bytes) -> None:
    path = factory.getbasetemp() / "damaged.bc"
    path.write_bytes(data)
    try:
        inspect(path)
    except BitcodeError as error:
        assert "\n" not in str(error)


class _Bits:
    """A bitstream written field by field."""

    def __init__(self) -> None:
        self.text = ""

    def fixed(self, value: int, width: int) -> _Bits:
        """The lowest bit first."""
        self.text += f"{value:0{width}b}"[::-1] if width else ""
        return self

    def vbr(self, value: int, width: int) -> _Bits:
        """Groups of `width` bits, the highest of each saying that another follows."""
        half = width - 1
        while value >> half:
            self.fixed(value & ((1 << half) - 1) | 1 << half, width)
            value >>= half
        return self.fixed(value, width)

    def padded(self) -> _Bits:
        """Zeros up to the next word."""
        self.text += "0" * (-len(self.text) % 32)
        return self

    def block(self, number: int, width: int, body: _Bits) -> bytes:
        """A file of one block."""
        inner = body.padded().text
        head = _Bits().fixed(1, 2).vbr(number, 8).vbr(width, 4).padded().fixed(len(inner) // 32, 32)
        text = head.text + inner
        return MAGIC + bytes(int(text[at:at + 8][::-1], 2) for at in range(0, len(text), 8))


def _array_of(encoding: int, value: int | None, count: int) -> bytes:
    """An identification block with one record: an array of `count` elements."""
    body = _Bits().fixed(2, 3).vbr(3, 5).fixed(1, 1).vbr(1, 8).fixed(0, 1).fixed(3, 3)
    body.fixed(0, 1).fixed(encoding, 3)
    if value is not None:
        body.vbr(value, 5)
    return _Bits().block(13, 3, body.fixed(4, 3).vbr(count, 6).fixed(0, 64))


@pytest.mark.parametrize(("encoding", "value", "count"), [
    (2, 0, 4),  # a number in groups of no bits
    (1, 10**9, 4), (2, 10**9, 4), (3, None, 4), (5, None, 4), (6, None, 4), (7, None, 4),
    (4, None, 1 << 62),
])
def test_definition_that_makes_no_sense(tmp_path: Path, encoding: int, value: int | None,
                                        count: int) -> None:
    _must_be_refused(tmp_path, _array_of(encoding, value, count))


def test_array_that_takes_no_bit_of_the_file(tmp_path: Path) -> None:
    """Its count is limited by nothing; reading it must not go on for ever."""
    path = tmp_path / "x.bc"
    path.write_bytes(_array_of(1, 0, 1 << 60))
    script = ("import pathlib; from ltogen.linker import bitcode; "
              f"bitcode.inspect(pathlib.Path({str(path)!r}))")
    done = run([sys.executable, "-c", script], tmp_path, timeout=15)
    assert "BitcodeError" in done.stderr


def test_block_that_is_never_closed(tmp_path: Path) -> None:
    _must_be_refused(tmp_path, _Bits().block(8, 0, _Bits().fixed(0, 64)))
    _must_be_refused(tmp_path, _Bits().block(8, 3, _Bits()))
