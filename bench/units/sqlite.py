"""sqlite3's shell: its amalgamation in units, against the same whole."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.existing.subject import Result
from bench.places import need_package
from bench.process import Run, run
from ltogen.toolchain import Toolchain

_ROUNDS = 3
_TIME_AIM, _SIZE_AIM, _WORK_AIM = 0.70, 1.03, 1.02
_BALANCE_AIM = 1.25
_PROJECT = """
[project]
name = "sqlite"
codegen-units = {units}
[targets.sqlite]
kind = "executable"
sources = ["*.c"]
libraries = ["m", "pthread", "dl"]
"""
_QUERIES = """
create table t(a integer primary key, b text, c real);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 200000)
insert into t select x, 'row ' || (x * 7919 % 10007), x * 0.5 from n;
create index i on t(b);
select count(*), sum(c), max(b) from t where b between 'row 2' and 'row 7';
select b, count(*) as k from t group by b order by k desc, b limit 5;
update t set c = c + 1 where a % 3 = 0;
delete from t where a % 11 = 0;
select count(*), round(avg(c), 3) from t join (select a + 1 as d from t) on a = d;
pragma integrity_check;
"""


def sources(folder: Path) -> Path:
    """The amalgamation and the shell, made as Debian's source package makes them."""
    made = folder / "amalgamation"
    if not (made / "shell.c").exists():
        build = folder / "build"
        shutil.rmtree(build, ignore_errors=True)
        shutil.copytree(need_package("sqlite3", "sqlite3"), build, symlinks=True)
        run(["sh", "-ec", "./configure && make sqlite3.c shell.c"], build)
        made.mkdir(exist_ok=True)
        for name in ("sqlite3.c", "sqlite3.h", "shell.c"):
            shutil.copy(build / name, made)
    return made


def measure(folder: Path, toolchain: Toolchain) -> Iterator[Result]:
    """Time, size, work at run time, and balance."""
    made = sources(folder)
    rounds = []
    for _ in range(_ROUNDS):
        rounds.append((_build(made, 2), _build(made, 1)))
    ratio = median(two.seconds / one.seconds for two, one in rounds)
    yield Result("two units", f"{ratio:.2f}", ratio <= _TIME_AIM,
                 f"{rounds[-1][0].seconds:.1f} s against {rounds[-1][1].seconds:.1f} s whole, "
                 f"2 jobs; aim {_TIME_AIM}")
    two, one = (made / f"b{units}/out/sqlite" for units in (2, 1))
    size = two.stat().st_size / one.stat().st_size
    yield Result("size", f"{size:.3f}", size <= _SIZE_AIM,
                 f"{two.stat().st_size} against {one.stat().st_size} bytes; aim {_SIZE_AIM}")
    same = _answers(two) == _answers(one)
    yield Result("answers", "same" if same else "WRONG", same)
    counted = [_instructions(program, folder) for program in (two, one)]
    work = counted[0] / counted[1]
    yield Result("work", f"{work:.3f}", work <= _WORK_AIM,
                 f"{counted[0]} against {counted[1]} instructions; aim {_WORK_AIM}")
    yield _balance(made)


def _build(made: Path, units: int) -> Run:
    (made / "ltogen.toml").write_text(_PROJECT.replace("{units}", str(units)))
    build = made / f"b{units}"
    shutil.rmtree(build, ignore_errors=True)
    run([sys.executable, "-m", "ltogen", "configure", "-B", str(build)], made)
    return run(["ninja", "-j2"], build)


def _answers(program: Path) -> str:
    return subprocess.run([program], input=_QUERIES, text=True, capture_output=True,
                          check=True).stdout


def _instructions(program: Path, folder: Path) -> int:
    """What valgrind counts while the queries run."""
    queries = folder / "queries.sql"
    queries.write_text(_QUERIES.replace("200000", "2000"))
    output = run(["valgrind", "--tool=callgrind",
                  f"--callgrind-out-file={folder / 'callgrind'}", str(program), ":memory:",
                  f".read {queries}"], folder).output
    line = next(line for line in output.splitlines() if "Collected :" in line)
    return int(line.rsplit(":", 1)[1])


def _balance(made: Path) -> Result:
    """Backends of four units, one at a time."""
    _build(made, 4)
    build = made / "b4"
    for path in (build / "out/native").rglob("sqlite3.c.unit*.o"):
        path.unlink()
    run(["ninja", "-j1"], build)
    times = [(int(words[1]) - int(words[0])) / 1000
             for line in (build / "out/.ninja_log").read_text().splitlines()[-20:]
             if "native" in line and "sqlite3.c.unit" in line and (words := line.split("\t"))]
    ratio = max(times) * len(times) / sum(times)
    return Result("balance", f"{ratio:.2f}", ratio <= _BALANCE_AIM,
                  f"backends of four units: {', '.join(f'{one:.1f}' for one in times)} s; "
                  f"aim {_BALANCE_AIM}")
