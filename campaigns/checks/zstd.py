"""zstd compresses, decompresses, trains, and reads the golden files that come with its sources."""

from __future__ import annotations

import random
from pathlib import Path

from bench.places import SOURCES
from campaigns.checks.build import Built, CheckError, output_of, same

_LEVELS = [f"-{level}" for level in range(1, 20)]
_MODES = [
    *([level] for level in _LEVELS), ["--ultra", "-22"], ["--fast=5"], ["-3", "--long=27"],
    ["-T2", "-B524288", "-6"], ["-T2", "-B524288", "-15", "--rsyncable"], ["-5", "--no-check"],
]
_COMPARED = ("-1", "-6", "-15")
_TESTS = SOURCES / "zstd" / "tests"
_GOLDEN = {"rle-first-block.zst": bytes(1 << 20), "empty-block.zst": b""}  # as its playTests.sh


def check(built: Built) -> str:
    """Everything; what was done, in a few words."""
    zstd = built.product("zstd")
    data = mixed_data(Path(zstd))
    for mode in _MODES:
        packed = output_of([zstd, "-q", "-c", *mode], data)
        same(f"round trip {' '.join(mode)}", output_of([zstd, "-q", "-d", "-c", "--long=27"],
                                                       packed), data)
    golden = _golden(zstd, built.scratch)
    saved = _dictionary(zstd, built.scratch)
    _same_as_plain(zstd, built, data)
    return (f"{len(_MODES)} round trips of {len(data) >> 10} KiB, {golden} golden files, a trained "
            f"dictionary saves {saved:.0%}, same bytes as plain -O0")


def mixed_data(program: Path) -> bytes:
    """Some of everything: text, a program, noise, zeros, and short repeats."""
    text = b"".join(path.read_bytes() for path in sorted((SOURCES / "zstd/lib").rglob("*.c")))
    noise = random.Random(1)
    repeats = b"".join(noise.choice((b"left ", b"right ", b"up ", b"down ")) for _ in range(50_000))
    return text[:2 << 20] + program.read_bytes() + noise.randbytes(1 << 19) + bytes(
        1 << 19) + repeats + text[1 << 20:3 << 19]


def _golden(zstd: str, scratch: Path) -> int:
    for name, wanted in _GOLDEN.items():
        packed = _TESTS / "golden-decompression" / name
        same(name, output_of([zstd, "-q", "-d", "-c", str(packed)]), wanted)
    sources = sorted((_TESTS / "golden-compression").iterdir())
    for level in ("-1", "-3", "-19"):
        for source in sources:
            _there_and_back(zstd, source, [level])
    dictionary = str(_TESTS / "golden-dictionaries" / "http-dict-missing-symbols")
    _there_and_back(zstd, _TESTS / "golden-compression" / "http", ["-D", dictionary])
    broken = scratch / "broken.zst"
    broken.write_bytes(output_of([zstd, "-q", "-c", str(sources[0])])[:-5])
    _refuses([zstd, "-q", "-t", str(broken)])
    return len(_GOLDEN) + len(sources) + 1


def _there_and_back(zstd: str, source: Path, mode: list[str]) -> int:
    """Compress and decompress one file; its compressed size."""
    packed = output_of([zstd, "-q", "-c", *mode, str(source)])
    same(f"{source.name} {mode}", output_of([zstd, "-q", "-d", "-c", *mode[-2:]], packed)
         if "-D" in mode else output_of([zstd, "-q", "-d", "-c"], packed), source.read_bytes())
    return len(packed)


def _refuses(command: list[str]) -> None:
    try:
        output_of(command)
    except CheckError:
        return
    raise CheckError(f"{' '.join(command)}: takes a truncated file for a good one")


def _dictionary(zstd: str, scratch: Path) -> float:
    """Train on many small files, and use it; the share of bytes it saves on them."""
    text = b"".join(path.read_bytes() for path in sorted((SOURCES / "zstd/lib").rglob("*.h")))
    samples = [scratch / f"sample{at >> 10}" for at in range(0, min(len(text), 400 << 10), 1 << 10)]
    for number, sample in enumerate(samples):
        sample.write_bytes(text[number << 10:(number + 1) << 10])
    dictionary = str(scratch / "dictionary")
    output_of([zstd, "-q", "--train", *map(str, samples), "--maxdict=16384", "-o", dictionary])
    used = samples[::20]
    alone = sum(_there_and_back(zstd, sample, ["-3"]) for sample in used)
    helped = sum(_there_and_back(zstd, sample, ["-D", dictionary]) for sample in used)
    if helped >= alone:
        raise CheckError(f"a trained dictionary does not help: {helped} bytes, {alone} without")
    return 1 - helped / alone


def _same_as_plain(zstd: str, built: Built, data: bytes) -> None:
    plain = built.plain("zstd", [], ["-pthread"])
    for level in _COMPARED:
        same(f"compressed {level}, against plain -O0", output_of([zstd, "-q", "-c", level], data),
             output_of([plain, "-q", "-c", level], data))
