"""Statements of random C functions, and what a source file can name in them.

All arithmetic is unsigned, every call has one less in its budget `d`, and no statement reads what
another part of it writes: the programs end, and nothing about them is undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tests.support.programs import (
    Does,
    Function,
    Home,
    Linkage,
    Module,
    Program,
    Shape,
    Step,
    Variable,
)


def signature(function: Function) -> str:
    """How a function is declared, and how its definition starts."""
    return f"unsigned {function.name}(unsigned d, unsigned x{', unsigned e' * function.wide})"


def name_of(variable: Variable) -> str:
    """Hidden variables of different modules have the same name."""
    return f"hidden{variable.number % 2}" if variable.shape is Shape.HIDDEN else (
        f"g{variable.number}")


class Scope:
    """What one source may name; collects the headers and tables that its code turns out to need."""

    def __init__(self, program: Program, home: Home, module: Module | None) -> None:
        self.program, self.home, self.module = program, home, module
        self.headers: set[int] = set()
        self.lines: list[str] = []
        self._functions = {function.number: (owner, function)
                           for owner in program.visible(home) for function in owner.functions
                           if owner is module or function.linkage is not Linkage.STATIC}
        self._variables = {variable.number: (owner, variable)
                           for owner in program.visible(home) for variable in owner.variables
                           if owner is module or variable.shape is not Shape.HIDDEN}

    def functions(self, targets: Iterable[int], narrow: bool = False) -> Iterator[Function]:
        """Those of the functions that can be called, or only those that fit the type `fn`."""
        for number in targets:
            owner, function = self._functions.get(number, (None, None))
            if owner and function and not (narrow and function.wide):
                self.headers.add(owner.number)
                yield function

    def variable(self, targets: Iterable[int], *shapes: Shape) -> Variable | None:
        """The first variable in reach, of one of the shapes if any are given."""
        for number in targets:
            owner, variable = self._variables.get(number, (None, None))
            if owner and variable and (variable.shape in shapes or not shapes):
                self.headers.add(owner.number)
                return variable
        return None

    def neighbour(self, targets: Iterable[int]) -> int | None:
        """The number of a visible module that has one of the functions."""
        for owner, function in self._functions.values():
            if function.number in targets:
                self.headers.add(owner.number)
                return owner.number
        return None

    def hook(self, targets: tuple[int, ...]) -> str | None:
        """A function to refer to weakly: there in the same link, or not there at all."""
        owners = {function.number: (owner, function) for owner in self.program.modules
                  for function in owner.functions}
        own = {number for override in self.module.overrides
               for number in override.targets} if self.module else set()
        for number in targets:
            if number not in owners:
                return f"f{number}"
            owner, function = owners[number]
            # In a static library, who is linked depends on what the optimiser left of the users.
            if (owner.home is self.home is not Home.UTIL and owner is not self.module
                    and function.linkage is not Linkage.STATIC and number not in own):
                return None if function.wide else function.name
        return None


def _mix(scope: Scope, step: Step) -> Iterator[str]:
    shift = step.value % 31 + 1
    yield f"r = (r ^ (r >> {shift})) * {step.value}u;"


def call(scope: Scope, step: Step) -> Iterator[str]:
    """Call the first function in reach."""
    for function in list(scope.functions(step.targets))[:1]:
        yield f"t = {function.name}(d - 1, r{f', {step.value}u' * function.wide});"
        yield "r = r * 31u + t;"


def _read(scope: Scope, step: Step) -> Iterator[str]:
    variable = scope.variable(step.targets)
    if variable:
        yield f"r = r * 17u + {value_of(variable, 'r')};"


def value_of(variable: Variable, index: str) -> str:
    """The number behind a variable; `index` picks one of an array."""
    if variable.shape is Shape.ARRAY:
        return f"{name_of(variable)}[{index} % 4u]"
    return f"{'*' * points(variable)}{name_of(variable)}"


def points(variable: Variable) -> bool:
    """Whether a variable holds an address."""
    return variable.shape in (Shape.POINTER, Shape.FIXED_POINTER)


def _write(scope: Scope, step: Step) -> Iterator[str]:
    variable = scope.variable(step.targets, Shape.MUTABLE, Shape.HIDDEN, Shape.POINTER,
                              Shape.FIXED_POINTER)
    if variable:
        place = value_of(variable, "")
        yield f"{place} = {place} * 3u + r;"


def _table(scope: Scope, step: Step) -> Iterator[str]:
    entries = [function.name for function in scope.functions(step.targets, narrow=True)]
    if entries:
        name = f"table{len(scope.lines)}"
        scope.lines.append(f"static {'const ' * (step.value % 2)}fn {name}[] = "
                           f"{{{', '.join(entries)}}};")
        yield f"t = {name}[r % {len(entries)}u](d - 1, r);"
        yield "r = r * 13u + t;"


def _pass(scope: Scope, step: Step) -> Iterator[str]:
    taker = scope.neighbour(step.targets[1:])
    for function in list(scope.functions(step.targets, narrow=True))[:1]:
        by = "apply" if taker is None or step.value % 3 == 0 else f"take{taker}"
        yield f"t = {by}({function.name}, d - 1, r);"
        yield f"r = r * {step.value}u + t;"


def _inline(scope: Scope, step: Step) -> Iterator[str]:
    neighbour = scope.neighbour(step.targets)
    if neighbour is not None:
        yield f"r += mix{neighbour}(r);"


def _hook(scope: Scope, step: Step) -> Iterator[str]:
    name = scope.hook(step.targets)
    if name:
        scope.lines.append(f"extern unsigned {name}(unsigned, unsigned) __attribute__((weak));")
        yield f"t = {name} ? {name}(d - 1, r) : {step.value}u;"
        yield "r = r * 11u + t;"


def _tune(scope: Scope, step: Step) -> Iterator[str]:
    yield f"r = r * TUNE + {step.value}u;"


def _loop(scope: Scope, step: Step) -> Iterator[str]:
    yield f"for (unsigned i = 0; i < {step.value % 9}u; i++) r = r * {step.value}u + i;"


def _branch(scope: Scope, step: Step) -> Iterator[str]:
    yield f"if (r & {1 << step.value % 8}u) return r ^ {step.value}u;"


_STATEMENTS: dict[Does, Callable[[Scope, Step], Iterator[str]]] = {
    Does.MIX: _mix, Does.CALL: call, Does.READ: _read, Does.WRITE: _write, Does.TABLE: _table,
    Does.PASS: _pass, Does.INLINE: _inline, Does.HOOK: _hook, Does.TUNE: _tune, Does.LOOP: _loop,
    Does.BRANCH: _branch,
}


def body(scope: Scope, function: Function, steps: tuple[Step, ...]) -> Iterator[str]:
    """The statements of a definition, and its end."""
    yield f"    unsigned r = x + {function.number}u{' + e' * function.wide}, t = d;"
    yield "    if (d == 0) return r;"
    for step in steps:
        yield from (f"    {line}" for line in _STATEMENTS[step.does](scope, step))
    yield "    return r ^ t;"
    yield "}"
