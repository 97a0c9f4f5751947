"""The zstd command: its compressor in units, the other sources in proportion."""

from __future__ import annotations

from pathlib import Path

from campaigns.checks import zstd
from campaigns.checks.build import output_of, project_text
from campaigns.units.program import Program

_LEVELS = ("-1", "-3", "-7", "-13", "-19")


def _project(_: Path) -> str:
    return project_text("zstd")


def _workload(program: str, folder: Path) -> list[list[str]]:
    """Compress at several levels, and decompress."""
    data = folder / "data"
    # (Not of the program itself: two that differ are to do the same work.)
    data.write_bytes(zstd.mixed_data(Path(__file__))[3 << 19:9 << 18])
    packed = folder / "packed.zst"
    packed.write_bytes(output_of([program, "-q", "-c", "-9", str(data)]))
    alone = [program, "-q", "-c", "--single-thread"]
    return [*([*alone, level, str(data)] for level in _LEVELS), [*alone, "-d", str(packed)]]


ZSTD = Program("zstd", "zstd_compress.c", 4, _project, _workload, zstd.check,
               libraries=("-pthread",))
