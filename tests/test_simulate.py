"""`ltogen simulate`: Ninja's rule, its bound, and what codegen units would change."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from ltogen.base.processes import at_once
from ltogen.codegen_units import estimates as codegen_units
from ltogen.model.timed_build import Job, TimedBuild
from ltogen.report import critical_path, elsewhere, simulation
from ltogen.report.timed_build import read
from tests.support.workspace import NINJA, Workspace, run


def build(*jobs: Job, **pools: int) -> TimedBuild:
    """A build by its jobs."""
    return TimedBuild(jobs, pools)


def test_the_critical_path_in_jobs_goes_first() -> None:
    found = build(Job("slow", "r", 9), Job("a", "r", 1), Job("b", "r", 1, ("a",)),
                  Job("c", "r", 9, ("b",)))
    assert simulation.makespan(found, 1) == 20
    assert simulation.makespan(found, 2) == 11
    # (By seconds, `slow` would go first, and with one worker more nothing would change.)
    assert [job.output for job in critical_path.of(found)] == ["a", "b", "c"]


def test_a_tie_is_for_the_manifest_to_break() -> None:
    first = build(Job("long", "r", 4), *(Job(f"s{n}", "r", 1) for n in range(4)))
    last = build(*reversed(first.jobs))
    assert simulation.makespan(first, 2) == 4
    assert simulation.makespan(last, 2) == 6


def test_a_pool_holds_back_and_phony_takes_no_worker() -> None:
    found = build(*(Job(f"p{n}", "r", 2, pool="narrow") for n in range(3)),
                  Job("other", "r", 5), Job("all", "phony", 0, ("p0", "p1", "p2", "other"),
                                            phony=True), narrow=1)
    assert simulation.makespan(found, 4) == 6
    assert simulation.makespan(found, 1) == 11


def random_build(seed: int) -> TimedBuild:
    """Some layers of jobs, a pool and phony ones among them."""
    source = random.Random(seed)
    jobs: list[Job] = []
    for number in range(source.randint(3, 30)):
        needs = [job.output for job in jobs if source.random() < 0.15]
        phony = bool(needs) and source.random() < 0.15
        jobs.append(Job(f"j{number}", "r", 0 if phony else source.choice((0.05, 0.1, 0.2, 0.4)),
                        tuple(needs), "" if phony else source.choice(("", "", "two")), phony))
    source.shuffle(jobs)
    return TimedBuild(tuple(jobs), {"two": 2})


def test_backends_elsewhere() -> None:
    """What is here waits for processors here, and backends for the latency."""
    jobs = (*(Job(f"c{number}", "compile.x", 1.0) for number in range(4)),
            Job("thin", "thin.x", 0.5, tuple(f"c{number}" for number in range(4))),
            *(Job(f"b{number}", "lto.x.0", 2.0, ("thin",)) for number in range(8)),
            Job("app", "link.x", 0.5, tuple(f"b{number}" for number in range(8))))
    whole = TimedBuild(jobs, {})
    client = elsewhere.CLIENT
    wide = elsewhere.forecast(whole, 2, 8, 0.1)
    assert wide.makespan == pytest.approx(2 + 0.5 + 4 * client + 2.4 + 0.5)
    assert wide.limit == "critical path"
    assert wide.bound == pytest.approx(1 + 0.5 + client + 2.4 + 0.5)
    narrow = elsewhere.forecast(whole, 2, 2, 0.0)
    assert narrow.bound == pytest.approx(8.0)
    assert narrow.limit == "work there"
    assert elsewhere.forecast(whole, 1, 200, 0.0).limit == "work here"


@pytest.mark.parametrize("seed", range(10))
def test_ninja_takes_the_same_order(tmp_path: Path, seed: int) -> None:
    found = random_build(seed)
    lines = ["pool two", "  depth = 2", "rule r", "  command = touch $out"]
    for job in found.jobs:
        rule = "phony" if job.phony else "r"
        lines.append(f"build {job.output}: {rule} {' '.join(job.needs)}")
        if not job.phony:
            lines.append(f"  pool = {job.pool}")
    (tmp_path / "build.ninja").write_text("\n".join(lines) + "\n")
    assert run([NINJA, "-j1"], tmp_path).status == 0
    log = (tmp_path / ".ninja_log").read_text().splitlines()[1:]
    assert [job.output for job, _ in simulation.schedule(found, 1)] == [
        line.split("\t")[3] for line in log]
    assert {job.output for job in read(tmp_path, "build.ninja").jobs} == {
        job.output for job in found.jobs}


FILES = {
    "a.c": "int b(int); int main(void) { return b(1) - 2; }\n",
    "b.c": "static int one(int x) { return x + 1; }\nint b(int x) { return one(x); }\n"
           "int c(int x) { return one(x); }\n",
    "ltogen.toml": '[targets.p]\nsources = ["*.c"]\ncodegen-units = 3\n',
}


def test_a_cut_build_and_the_same_whole(workspace: Workspace) -> None:
    workspace.write(FILES)
    workspace.configure()
    workspace.make()
    done = workspace.ltogen("simulate", "-j", "1,2", "--json")
    found = json.loads(done.stdout)
    assert [(one["workers"], one["codegen_units"]) for one in found] == [
        (1, "as built"), (1, "none"), (2, "as built"), (2, "none")]
    for one in found:
        assert one["makespan"] >= one["bound"] * 0.999
    assert found[0]["makespan"] == pytest.approx(found[0]["work"])
    assert found[1]["work"] < found[0]["work"]
    here = workspace.ltogen("simulate", "--json")
    assert here.status == 0 and json.loads(here.stdout)[0]["workers"] == at_once()
    text = workspace.ltogen("simulate", "-j2").stdout
    assert "limited by" in text
    assert "critical path as built" in text


def test_cut_and_whole_again_is_the_same_work() -> None:
    big, a, index = "out/bitcode/p/big.c.o", "out/bitcode/p/a.c.o", "out/thinlink/p/link.rsp"
    found = build(Job(big, "compile.thin.p.c", 4), Job(a, "compile.thin.p.c", 1),
                  Job(index, "thin.p", 1, (big, a)),
                  Job("out/native/p/p/big.c.o", "lto.p.0", 4, (index, big)),
                  Job("out/native/p/p/a.c.o", "lto.p.0", 1, (index, a)),
                  Job("out/p", "link.p", 1, ("out/native/p/p/big.c.o", "out/native/p/p/a.c.o")))
    assert codegen_units.whole(found) == found
    cut, count = codegen_units.cut(found, 4)
    assert count == 1
    assert simulation.makespan(cut, 4) < simulation.makespan(found, 4)
    assert sum(".unit" in job.output for job in cut.jobs) == 6
    assert cut.jobs[-1].needs[:3] == tuple(f"out/native/p/p/big.c.o.unit{n}" for n in range(3))


@pytest.mark.parametrize(("words", "message"), [
    (("-j0",), "'0' is no number of workers"),
    (("-j", "two"), "'two' is no number of workers"),
    (("-j1", "nosuch"), "nosuch: no target of the manifest"),
    (("-j1", "-C", "nowhere"), "nowhere: no ltogen.ninja and no build.ninja"),
])
def test_what_cannot_be_simulated(any_workspace: Workspace, words: tuple[str, ...],
                                  message: str) -> None:
    any_workspace.write(FILES)
    any_workspace.configure()
    done = any_workspace.ltogen("simulate", *words)
    if "nosuch" in words:
        assert "nothing was built yet" in done.stderr
        any_workspace.make()
        done = any_workspace.ltogen("simulate", *words)
    assert done.status in (1, 2)
    assert message in done.stderr
    assert "Traceback" not in done.stderr
