"""Many builds at once over one store, one killed every second, while its files are damaged."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.edits.draw import Draw
from bench.edits.edit import OF_CODE
from bench.places import NINJA, fresh
from campaigns.edits.projects import PROJECTS, Site, site
from campaigns.pool.kills import marked
from campaigns.result import Result

_BUILDS, _VARIANTS = 16, 4
_PATIENCE = 300.0  # seconds for one build, of sixteen at once
_TICK, _KILL_EVERY, _DAMAGE_EVERY = 0.05, 1.0, 0.2
Variant = dict[str, bytes]  # files that differ from the sources, by their paths in the tree


def measure(work: Path, seconds: int, seed: int) -> Iterator[Result]:
    """Go on for so long, and let what runs then end; what went wrong."""
    chance = random.Random(seed)
    sites = [site(PROJECTS["lua"], work / f"build-{number:02}", "system", debug=False)
             for number in range(_BUILDS)]
    variants = _variants(sites[0], seed)
    references = [_reference(sites[0], variant, variants) for variant in variants]
    store = fresh(work / "store")
    _compile(sites, variants)
    builders = [Builder(one, store, variants, references, chance) for one in sites]
    found = _crowd(builders, store, seconds, chance)
    yield Result("builds", str(found["finished"]), found["finished"] > 0,
                 f"{found['killed']} killed, {found['damaged']} files of the store damaged")
    yield Result("wrong", str(found["wrong"]), not found["wrong"],
                 "; ".join(builder.wrong for builder in builders if builder.wrong))
    yield Result("failed", str(found["failed"]), not found["failed"],
                 "; ".join(builder.failed for builder in builders if builder.failed))
    yield Result("hangs", str(found["hung"]), not found["hung"], f"of {_PATIENCE:.0f} s and more")


def _variants(place: Site, seed: int) -> list[Variant]:
    """A few edits, each of the sources as they are."""
    graph = place.build("drawn")
    graph.configure()
    draw = Draw(place.copy.source, graph.build, graph.compilations(), seed, headers=True)
    edits = [draw.edit(OF_CODE[number % len(OF_CODE)], number).edit
             for number in range(_VARIANTS)]
    root = place.copy.source.resolve()
    return [{str(Path(one.path).relative_to(root)): one.after.encode("latin-1")} for one in edits]


def _reference(place: Site, variant: Variant, variants: list[Variant]) -> dict[str, bytes]:
    _write(place, variant, variants)
    graph = place.build("reference")
    graph.configure()
    graph.ninja()
    return place.products(graph)


def _compile(sites: list[Site], variants: list[Variant]) -> None:
    """Bitcode of the sources, for everyone: it is the backends that the store is for."""
    _write(sites[0], {}, variants)
    graph = sites[0].build("ours")
    graph.configure()
    graph.ninja()
    for one in sites[1:]:
        shutil.copytree(graph.build, one.folder / "ours", symlinks=True)


def _write(place: Site, variant: Variant, variants: list[Variant]) -> None:
    """The sources with the edits of one variant, and those of no other."""
    for name in {name for one in variants for name in one}:
        content = variant.get(name) or (place.copy.origin / name).read_bytes()
        if (place.copy.source / name).read_bytes() != content:
            (place.copy.source / name).write_bytes(content)


class Builder:
    """One folder, in which one build after the other is made of a random variant."""

    def __init__(self, place: Site, store: Path, variants: list[Variant],
                 references: list[dict[str, bytes]], chance: random.Random) -> None:
        self._site, self._variants, self._references = place, variants, references
        self._chance = chance
        self._graph = place.build("ours", store)
        self._graph.reconfigure()
        shutil.rmtree(self._graph.build / "out" / "native", ignore_errors=True)
        self._process: subprocess.Popen[bytes] | None = None
        self._number, self._since, self._killed = 0, 0.0, False
        self.wrong = self.failed = ""

    @property
    def running(self) -> bool:
        """Whether a build has been started and not been looked at since."""
        return self._process is not None

    def start(self) -> None:
        """The next build, if nothing of a killed one is left that still writes."""
        if marked(self._marker):
            return
        self._number = self._chance.randrange(len(self._variants))
        _write(self._site, self._variants[self._number], self._variants)
        if self._chance.random() < 0.5:
            shutil.rmtree(self._graph.build / "out" / "native", ignore_errors=True)
        with (self._site.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [NINJA, "-j1"], cwd=self._graph.build, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True,
                env={**os.environ, **dict(self._graph.environment), "MARKER": self._marker})
        self._since, self._killed = time.monotonic(), False

    def kill(self) -> None:
        """Ninja at once, and perhaps what it runs; else that goes on to its end."""
        assert self._process is not None
        victims = marked(self._marker) if self._chance.random() < 0.5 else []
        for victim in (self._process.pid, *victims):
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        self._killed = True

    def look(self) -> str:
        """What became of the build; nothing while it runs."""
        assert self._process is not None
        status = self._process.poll()
        if status is None:
            if time.monotonic() - self._since < _PATIENCE:
                return ""
            self.kill()
            return "hung"
        self._process = None
        if self._killed:
            return "killed"
        return self._verdict(status)

    def _verdict(self, status: int) -> str:
        if status:
            text = (self._site.folder / "log").read_text("utf-8", "replace")
            self.failed = f"{self._site.folder.name}: {text[-600:]}"
            return "failed"
        found, expected = self._site.products(self._graph), self._references[self._number]
        differ = [name for name in expected if found[name] != expected[name]]
        if differ:
            self.wrong = f"{self._site.folder.name}, variant {self._number}: {' '.join(differ)}"
            kept = self._site.folder.with_name(f"wrong-{self._site.folder.name}")
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(self._site.folder, kept, symlinks=True)
            return "wrong"
        return "finished"

    @property
    def _marker(self) -> str:
        return str(self._site.folder)


def _crowd(builders: list[Builder], store: Path, seconds: int,
           chance: random.Random) -> Counter[str]:
    found: Counter[str] = Counter()
    start = time.monotonic()
    kill = damage = told = start
    while (now := time.monotonic()) < start + seconds or any(one.running for one in builders):
        over = now >= start + seconds
        for builder in builders:
            if builder.running:
                became = builder.look()
                found.update([became] if became else [])
            elif not over:
                builder.start()
        if now - kill >= _KILL_EVERY and not over:
            kill = now
            _kill(builders, chance)
        if now - damage >= _DAMAGE_EVERY and not over:
            damage = now
            found["damaged"] += _damage(store, chance)
        if now - told >= 20:
            told = now
            print(f"campaigns.edits: store: {now - start:.0f} s, {dict(found)}", file=sys.stderr,
                  flush=True)
        time.sleep(_TICK)
    return found


def _kill(builders: list[Builder], chance: random.Random) -> None:
    running = [builder for builder in builders if builder.running]
    if running:
        chance.choice(running).kill()


def _damage(store: Path, chance: random.Random) -> bool:
    """Truncate, garble, or delete one file; whether there was one.

    A file that has a second name in a build's folder is replaced by its damaged copy, for that
    build's object is not the store's to guard.
    """
    files = sorted(path for path in store.rglob("*") if path.is_file() and not path.is_symlink())
    if not files:
        return False
    path = chance.choice(files)
    with contextlib.suppress(OSError):
        if chance.random() < 0.2:
            path.unlink()
            return True
        data = bytearray(path.read_bytes())
        linked = path.stat().st_nlink > 1
        target = path.with_name(f"{path.name}.damaged") if linked else path
        target.write_bytes(_damaged(data, chance))
        if linked:
            target.rename(path)
        return True
    return False


def _damaged(data: bytearray, chance: random.Random) -> bytes:
    if not data or chance.random() < 0.5:
        return bytes(data[:chance.randrange(len(data) + 1)])
    for _ in range(8):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(data)
