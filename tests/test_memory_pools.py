"""`--memory`: Ninja alone keeps what runs at once below a size."""

from __future__ import annotations

import itertools
import json
import random
import re

import pytest

from ltogen.lower.memory import Pools, choose
from tests.support.workspace import Workspace

MIB = 1 << 20


def worst(peaks: list[int], pools: Pools, jobs: int) -> int:
    """Bytes of the `jobs` largest that the pools let run at once."""
    room = dict(zip(("heavy", "medium"), (depth for _, depth in pools.limits), strict=False))
    total = count = 0
    for peak in sorted(peaks, reverse=True):
        pool = pools.of(peak)
        if count < jobs and room.get(pool, 1):
            total, count = total + peak, count + 1
            if pool:
                room[pool] -= 1
    return total


@pytest.mark.parametrize("seed", range(40))
def test_the_worst_case_fits(seed: int) -> None:
    source = random.Random(seed)
    peaks = [int(source.lognormvariate(5, 1)) * MIB + 1 for _ in range(200)]
    jobs = source.choice((2, 4, 16, 64))
    cap = max(int(max(peaks) * source.uniform(1.35, jobs)), 1)
    pools = choose([(peak, peak / MIB) for peak in peaks], cap, jobs)
    assert pools.fits
    assert worst(peaks, pools, jobs) <= cap
    assert all(depth > 0 for _, depth in pools.limits)


def test_room_for_all_needs_no_pool() -> None:
    assert choose([(100 * MIB, 1.0)] * 5, 1000 * MIB, 4) == Pools(())


def test_what_is_light_is_not_held_back() -> None:
    light, heavy = [(50 * MIB, 1.0)] * 100, [(2000 * MIB, 5.0)] * 4
    pools = choose([*light, *heavy], 5000 * MIB, 16)
    assert pools.of(50 * MIB) == ""
    assert pools.of(2000 * MIB) == "heavy"
    assert dict(pools.limits)[pools.limits[0][0]] == 2


def test_one_that_fits_nowhere_runs_as_alone_as_can_be() -> None:
    pools = choose([(3000 * MIB, 1.0), *[(100 * MIB, 1.0)] * 9], 1000 * MIB, 8)
    assert not pools.fits
    assert pools.of(3000 * MIB) == "heavy"
    assert pools.limits[0][1] == 1


FILES = {
    **{f"f{n}.c": f"int f{n}(int x) {{ return x + {n}; }}\n" for n in range(6)},
    "main.c": "int f0(int), f5(int); int main(void) { return f0(f5(0)) - 5; }\n",
    "ltogen.toml": '[targets.program]\nsources = ["*.c"]\n',
}


def slow(functions: int) -> str:
    """A source that a compiler takes seconds for."""
    return "".join(f"int slow{n}(int a, int b) {{ while (a-- > {n}) b = b * a % (a + {n + 1}) ^ b; "
                   "return b; }\n" for n in range(functions))


def test_what_a_build_takes_is_noted(workspace: Workspace) -> None:
    workspace.write({"slow.c": slow(4000), "main.c": "int main(void) { return 0; }\n",
                     "ltogen.toml": '[targets.program]\nsources = ["*.c"]\n'})
    workspace.configure()
    assert workspace.ltogen("build", "-j2", "--measure-memory").status == 0
    peaks = json.loads((workspace.root / "out/peaks.json").read_text())
    assert 10 * MIB < peaks["out/bitcode/program/slow.c.o"] < 2000 * MIB
    assert workspace.no_work()


def test_what_a_build_took_decides(workspace: Workspace) -> None:
    workspace.write(FILES)
    workspace.configure()
    peaks: dict[str, int] = {}
    # (As if some had taken more.)
    for n in range(6):
        peaks[f"out/native/program/program/f{n}.c.o"] = (900 if n < 4 else 50) * MIB
    peaks["out/native/program/program/main.c.o"] = 50 * MIB
    workspace.write({"out/peaks.json": json.dumps(peaks)})
    workspace.configure("--memory", "2560M", "--plan-jobs", "8")
    text = (workspace.root / "build.ninja").read_text()
    assert "pool heavy\n  depth = 2\n" in text
    held = re.findall(r"^build (\S+):[^\n]*\n(?:  [^\n]*\n)*?  pool = heavy$", text, re.MULTILINE)
    assert sorted(held) == [f"out/native/program/program/f{n}.c.o" for n in range(4)]
    for path in (workspace.root / "out/native").rglob("*.o"):
        path.unlink()
    workspace.make("-j8")
    assert workspace.output("program") == ""
    assert together(workspace, peaks) <= 2560 * MIB
    assert workspace.no_work()


def together(workspace: Workspace, peaks: dict[str, int]) -> int:
    """Bytes of all that ran at one time in the last build, had each taken its peak."""
    spans = []
    for line in (workspace.root / "out/.ninja_log").read_text().splitlines()[1:]:
        start, end, _, output, _ = line.split("\t")
        if "/native/" in output:
            spans.append((int(start), int(end), peaks.get(output, 60 * MIB)))
    return max(sum(peak for start, end, peak in spans if start <= moment < end)
               for moment in itertools.chain.from_iterable(
                   (span[0], span[1]) for span in spans))


def test_too_little_for_one_is_said(any_workspace: Workspace) -> None:
    any_workspace.write(FILES)
    done = any_workspace.configure("--memory", "30M")
    assert done.stderr.startswith("ltogen: warning: --memory: the largest job alone takes more")
    assert done.stderr.count("\n") == 1
    any_workspace.make()
    assert any_workspace.no_work()


@pytest.mark.parametrize(("words", "message"), [
    (("--memory", "lots"), "'lots' is no size"),
    (("--memory", "0"), "'0' is no size"),
    (("--memory", "1G", "--from", "."), "--memory goes with a project file"),
])
def test_what_is_no_size(any_workspace: Workspace, words: tuple[str, ...], message: str) -> None:
    any_workspace.write(FILES)
    done = any_workspace.try_configure(*words)
    assert done.status == 2
    assert message in done.stderr
