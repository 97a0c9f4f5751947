"""The scans of a build: dyndep files, by which Ninja learns of inputs and outputs while it builds.

Ninja reads a dyndep file as soon as it is made. What it names as an output, such as the interface
of a C++ module, is a step's output only from then on, so the dyndep file of whoever imports that
must be read later, or Ninja takes the interface for a source.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from ltogen.model.existing_build import ExistingBuild, Step


class Scans:
    """The dyndep files of a build, and which of them must be read before which."""

    def __init__(self, build: ExistingBuild) -> None:
        self._build = build
        self._steps: dict[str, list[Step]] = {}
        for step in build.steps:
            if step.dyndep:
                self._steps.setdefault(step.dyndep, []).append(step)
        waits = _Waits(build, list(self._steps)) if self._steps else None
        # The scans that are there before one, and those that were read by a step before it.
        self._made = {path: waits.made_before(path) for path in self._steps} if waits else {}
        self._read = {path: waits.read_before(path) for path in self._steps} if waits else {}

    def with_ahead(self, scans: Iterable[str]) -> set[str]:
        """`scans`, and all that must be read after one of them."""
        found = set(scans)
        return found | {path for path, made in self._made.items() if not made.isdisjoint(found)}

    def kept(self, replaceable: Container[str]) -> Mapping[str, str]:
        """The scans that cannot be replaced, each with the output of a step that is why.

        `replaceable` are outputs of steps that can be. A scan is replaced together with all steps
        that read it, and with all scans that must be read after it.
        """
        why = {scan: step.outputs[0] for scan, steps in self._steps.items() for step in steps
               if not any(path in replaceable for path in step.outputs)}
        why.update(self._others())
        return {**{before: why[scan] for scan in why for before in self._made[scan]}, **why}

    def _others(self) -> Iterator[tuple[str, str]]:
        """Scans that a step waits for which reads another or none, and makes none itself."""
        for step in self._build.steps if self._steps else ():
            if step.phony or any(path in self._steps for path in _made(step)):
                continue
            for path in _inputs(step):
                if path in self._steps and path != step.dyndep:
                    yield path, step.outputs[0]

    def stages(self, scans: Iterable[str]) -> list[list[str]]:
        """`scans` in groups: one waits for steps that read a scan of an earlier group, or for none.

        So the scan of sources that a program generates comes behind that of the program's own.
        """
        number: dict[str, int] = {}
        pending = sorted(scans)
        read = {path: self._read[path].intersection(pending) for path in pending}
        while pending:
            # (All that is left, where a manifest has a cycle: Ninja says so.)
            ready = [path for path in pending if read[path] <= number.keys()] or pending
            number.update([(path, 1 + max((number.get(one, -1) for one in read[path]), default=-1))
                           for path in ready])
            pending = [path for path in pending if path not in number]
        return [[path for path in number if number[path] == stage]
                for stage in range(1 + max(number.values(), default=-1))]


class _Waits:
    """What must be done before each step, as far as it is about `scans`: sets of bits."""

    def __init__(self, build: ExistingBuild, scans: list[str]) -> None:
        self._build, self._scans = build, scans
        self._bits = {path: 1 << number for number, path in enumerate(scans)}
        # For each step the scans made, and those read, by itself or before it.
        self._made: dict[int, int] = {}
        self._read: dict[int, int] = {}
        for path in scans:
            if path in build.makes:
                self._visit(build.makes[path])
        # (What is there from the start is before all else.)
        self._always = sum(bit for path, bit in self._bits.items() if path not in build.makes)

    def made_before(self, scan: str) -> frozenset[str]:
        """The scans that are there before `scan`."""
        return self._before(scan, self._made, self._always) if (
            scan in self._build.makes) else frozenset()

    def read_before(self, scan: str) -> frozenset[str]:
        """The scans that are read by steps before `scan`."""
        return self._before(scan, self._read, 0)

    def _before(self, scan: str, of: Mapping[int, int], always: int) -> frozenset[str]:
        position = self._build.makes.get(scan)
        below = () if position is None else self._below(position)
        found = always
        for one in below:
            found |= of[one]
        return frozenset(path for path in self._scans if found & self._bits[path])

    def _below(self, position: int) -> set[int]:
        makes = self._build.makes
        return {makes[path] for path in _inputs(self._build.steps[position]) if path in makes}

    def _visit(self, start: int) -> None:
        """Go through all that a step waits for, what is below first."""
        pending = [(start, False)]
        entered: set[int] = set()
        while pending:
            position, behind = pending.pop()
            if behind:
                self._sum(position)
            elif position not in entered and position not in self._made:
                entered.add(position)
                pending.append((position, True))
                pending += [(below, False) for below in self._below(position)]

    def _sum(self, position: int) -> None:
        step = self._build.steps[position]
        made, read = 0, self._bits.get(step.dyndep, 0)
        for path in _made(step):
            made |= self._bits.get(path, 0)
        for below in self._below(position):
            made |= self._made.get(below, 0)
            read |= self._read.get(below, 0)
        self._made[position], self._read[position] = made, read


def _inputs(step: Step) -> tuple[str, ...]:
    return (*step.inputs, *step.implicit, *step.order_only)


def _made(step: Step) -> tuple[str, ...]:
    return (*step.outputs, *step.implicit_outputs)
