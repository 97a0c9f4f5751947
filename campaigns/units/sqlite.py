"""sqlite3's shell: its amalgamation in units."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import msgspec

from bench.places import fresh
from bench.process import run
from campaigns.checks.build import Built, CheckError, configured
from campaigns.places import need_package
from campaigns.units.program import Program

_PROJECT = """
[project]
name = "sqlite"
[targets.sqlite]
kind = "executable"
sources = ["{folder}/*.c"]
libraries = ["m", "pthread", "dl"]
"""
_FIXTURE = """
[project]
name = "sqlite"
codegen-units = 2
[targets.testfixture]
kind = "executable"
sources = {sources}
compile-args = {arguments}
link-args = {libraries}
"""
# Of its 1148 files, some that use much of the engine, take seconds, and may be run by root.
_TESTS = (
    "aggnested", "alter", "analyze", "autoinc", "between", "blob", "cast", "check", "collate1",
    "conflict", "cse", "date", "distinct", "e_expr", "e_select", "exclusive", "fkey1", "fkey2",
    "func", "having", "in", "index", "insert", "intpkey", "join", "json101", "like", "limit",
    "minmax", "misc1", "notnull", "null", "orderby1", "pragma", "printf", "quote", "rollback",
    "rowid", "rtree", "savepoint", "select1", "select2", "select4", "select6", "subquery",
    "table", "tkt3201", "trans", "trigger1", "trigger2", "unique", "update", "upsert1",
    "vacuum", "view", "vtab1", "wal", "where", "where2", "window1", "with1",
)
_QUERIES = """
create table t(a integer primary key, b text, c real);
with recursive n(x) as (select 1 union all select x + 1 from n where x < 20000)
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
    made, build = folder / "amalgamation", folder / "build"
    if not (made / "shell.c").exists() or not build.exists():
        shutil.rmtree(build, ignore_errors=True)
        shutil.copytree(need_package("sqlite3", "sqlite3"), build, symlinks=True)
        run(["sh", "-ec", "./configure && make sqlite3.c shell.c"], build)
        made.mkdir(exist_ok=True)
        for name in ("sqlite3.c", "sqlite3.h", "shell.c"):
            shutil.copy(build / name, made)
    return made


def _project(folder: Path) -> str:
    return _PROJECT.replace("{folder}", str(sources(folder)))


def _workload(program: str, folder: Path) -> list[list[str]]:
    queries = folder / "queries.sql"
    queries.write_text(_QUERIES)
    return [[program, ":memory:", f".read {queries}"]]


def _tests(built: Built) -> str:
    """Some of its own: the amalgamation with hooks for tests, in units, below Tcl."""
    folder = built.graph.project.parent
    fixture = configured(_fixture(folder / "build"), folder / "fixture", built.graph.kind)
    fixture.graph.ninja()
    program, scratch = fixture.product("testfixture"), fresh(folder / "tests")
    passed = sum(_passed(program, folder / f"build/test/{name}.test", scratch) for name in _TESTS)
    return f"{passed} of its tests, in {len(_TESTS)} files"


def _fixture(build: Path) -> str:
    """The project file of what its makefile compiles and links at once."""
    printed = run(["make", "-n", "testfixture"], build).output.replace("\\\n", " ")
    line = next(line for line in printed.splitlines() if "-o testfixture" in line)
    words = shlex.split(line, comments=True)
    files = [str(build / word) for word in words if word.endswith(".c")]
    arguments = [f"-I{build}" if word == "-I." else word for word in words
                 if word.startswith(("-D", "-I"))]
    libraries = [word for word in words if word.startswith(("-l", "-L"))]
    text = _FIXTURE
    for name, value in (("sources", files), ("arguments", arguments), ("libraries", libraries)):
        text = text.replace(f"{{{name}}}", msgspec.json.encode(value).decode())
    return text


def _passed(program: str, test: Path, scratch: Path) -> int:
    """How many tests a file of them has, of which none may fail."""
    done = subprocess.run([program, str(test)], cwd=scratch, capture_output=True, text=True,
                          errors="replace", check=False)
    summary = next((line for line in done.stdout.splitlines() if " errors out of " in line), "")
    if done.returncode or not summary.startswith("0 errors"):
        raise CheckError(f"{test.name}: {summary or done.stderr[-200:]}")
    return int(summary.split()[4])


SQLITE = Program("sqlite", "sqlite3.c", 2, _project, _workload, _tests,
                 libraries=("-lm", "-lpthread", "-ldl"), time_aim=0.70, size_aim=1.03)
