"""What the pool and the linker cost where there is nothing to do."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from bench.places import fresh
from bench.process import Run, run
from bench.timing import side_by_side
from campaigns.links.project import Copy, load
from campaigns.places import need_package
from campaigns.pool.recursion import LTOGEN
from campaigns.result import Result
from ltogen.toolchain import Toolchain

_RUNS = 20
_POOL_AIM = 0.08  # seconds
_LINK_AIM = 0.04  # seconds more than lld
_RELINK_AIM = 1.5  # times lld with a warm cache


def measure(toolchain: Toolchain, work: Path) -> Iterator[Result]:
    """Three figures."""
    folder = fresh(work / "overhead")
    pool = [run([*LTOGEN, "jobserver", "--", "true"], folder).seconds for _ in range(_RUNS)]
    yield Result("pool", f"{median(pool) * 1000:.0f} ms", median(pool) <= _POOL_AIM,
                 f"ltogen jobserver -- true, aim {_POOL_AIM * 1000:.0f} ms")
    yield _native(toolchain, folder)
    yield _relink(toolchain, folder)


def _native(toolchain: Toolchain, folder: Path) -> Result:
    (folder / "main.c").write_text("int main(void) { return 0; }\n")
    subprocess.run([*toolchain.cc, "-c", "main.c"], cwd=folder, check=True)
    ours, theirs = (_linker(toolchain, folder, ["main.o", "-o", name], name)
                    for name in ("ltogen", "lld"))
    pair = side_by_side(_RUNS, lambda _: None, ours, theirs)
    more = median(a.seconds - b.seconds for a, b in zip(pair.ours, pair.theirs, strict=True))
    return Result("native link", f"+{more * 1000:.0f} ms", more <= _LINK_AIM,
                  f"over {pair.seconds[1] * 1000:.0f} ms of lld, aim {_LINK_AIM * 1000:.0f} ms")


def _linker(toolchain: Toolchain, folder: Path, words: list[str],
            name: str) -> Callable[[], Run]:
    """The linker itself, with the line that the driver would give it."""
    asked = subprocess.run([*toolchain.cc, "-###", "-fuse-ld=lld", *words], cwd=folder, check=True,
                           capture_output=True, text=True).stderr.splitlines()[-1]
    line = [word.strip('"') for word in asked.split('" "')[1:]]
    line[-1] = line[-1].strip('" ')
    program = shutil.which("ld.ltogen") if name == "ltogen" else toolchain.ld[0]
    assert program is not None
    environment = {"LTOGEN_LD": toolchain.ld[0]}
    return lambda: run([program, *line], folder, environment)


def _relink(toolchain: Toolchain, folder: Path) -> Result:
    need_package("zstd", "zstd")
    copy = Copy(load()["zstd"], toolchain, "ltogen", folder / "zstd")
    copy.copy()
    # No libraries that one machine has and another has not.
    copy.shell('make -j2 -C programs zstd HAVE_ZLIB=0 HAVE_LZMA=0 HAVE_LZ4=0 CC="$CC" '
               'CFLAGS="$CFLAGS" LDFLAGS="$LDFLAGS"')
    objects = folder / "zstd/programs"
    found = sorted(str(path.relative_to(objects)) for path in objects.glob("obj/conf_*/*.o"))
    cache = f"-Wl,--thinlto-cache-dir={folder}/cache"
    words = ["-O2", "-flto=thin", *found, "-lpthread"]

    def link(*more: str) -> Callable[[], Run]:
        command = [*toolchain.cc, *words, *more]
        return lambda: run(command, objects, dict(os.environ))

    pair = side_by_side(_RUNS, lambda _: None, link("-fuse-ld=ltogen", "-o", "again"),
                        link("-fuse-ld=lld", cache, "-o", "cached"))
    return Result("relink", f"{pair.ratio:.2f}", pair.ratio <= _RELINK_AIM,
                  f"{pair.seconds[0] * 1000:.0f} ms against {pair.seconds[1] * 1000:.0f} ms of "
                  f"lld with a warm cache, {len(found)} modules, aim {_RELINK_AIM}")
