"""A random program as files: C sources, headers, and the project file."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.programs import (
    MAIN,
    Does,
    Function,
    Home,
    Linkage,
    Module,
    Override,
    Program,
    Shape,
    Step,
    Variable,
)
from tests.support.statements import Scope, body, call, name_of, points, signature, value_of

_KINDS = {Home.APP: "executable", Home.TOOL: "executable", Home.PLUG: "shared-library",
          Home.UTIL: "static-library"}


def files(program: Program) -> dict[str, str]:
    """Every file of the project."""
    texts = {"ltogen.toml": _project(program), "include/common.h": _common(program)}
    for module in program.modules:
        texts[f"include/m{module.number}.h"] = _header(module)
        texts[source(module)] = _source(program, module)
    for home in program.homes():
        if home in MAIN:
            texts[f"src/{home}/main.c"] = _main(program, home)
    return texts


def source(module: Module) -> str:
    """Path of a module's source."""
    return f"src/{module.home}/{module.file}.c"


def defines(program: Program, home: Home) -> tuple[str, ...]:
    """The macros of a target."""
    tune = program.option(home).tune
    return (f"TUNE={tune}u",) if tune else ()


def _project(program: Program) -> str:
    tables = ['[project]\nname = "random"\ninclude-dirs = ["include"]\n']
    return "\n".join([*tables, *(_target(program, home) for home in program.homes())])


def _target(program: Program, home: Home) -> str:
    options = program.option(home)
    lines = [
        f"[targets.{home}]", f'kind = "{_KINDS[home]}"', f'sources = ["src/{home}/*.c"]',
        f"depends = {[str(other) for other in program.depends(home)]}",
        f'optimize = "{options.optimize}"', f"defines = {list(defines(program, home))}",
        f'lto = "{"thin" if options.lto else "off"}"',
    ]
    if not options.inline:
        lines.append('compile-args = ["-fno-inline"]')
    if home is Home.UTIL and program.archive:
        lines.append("default = true")
    return "\n".join(lines) + "\n"


def _common(program: Program) -> str:
    return f"""#pragma once
#ifndef TUNE
#define TUNE 5u
#endif
typedef unsigned (*fn)(unsigned, unsigned);
static inline unsigned apply(fn f, unsigned d, unsigned x) {{ return f(d, x) + {program.common}u; }}
"""


def _header(module: Module) -> str:
    number = module.number
    lines = ["#pragma once", '#include "common.h"', f"/* note {module.header_note} */",
             f"static inline unsigned mix{number}(unsigned x) "
             f"{{ return (x ^ (x >> 7)) * {module.factor}u + TUNE; }}",
             f"unsigned take{number}(fn f, unsigned d, unsigned x);"]
    lines += [f"{signature(function)};" for function in module.functions
              if function.linkage is not Linkage.STATIC]
    lines += [f"extern {_declaration(variable)};" for variable in module.variables
              if variable.shape is not Shape.HIDDEN]
    return "\n".join(lines) + "\n"


def _declaration(variable: Variable) -> str:
    form = {
        Shape.MUTABLE: "unsigned {}", Shape.CONSTANT: "const unsigned {}",
        Shape.HIDDEN: "unsigned {}", Shape.ARRAY: "const unsigned {}[4]",
        Shape.POINTER: "unsigned *{}", Shape.FIXED_POINTER: "unsigned *const {}",
    }[variable.shape]
    return form.format(name_of(variable))


def _source(program: Program, module: Module) -> str:
    scope = Scope(program, module.home, module)
    code = [line for function in module.functions for line in _function(scope, function)]
    code += _overrides(scope, module)
    code += _constructor(module)
    code.append(f"unsigned take{module.number}(fn f, unsigned d, unsigned x) "
                f"{{ return d ? f(d - 1, x * {module.factor}u) : x; }}")
    variables = list(_variables(scope, module))
    prototypes = [f"static {signature(function)};" for function in module.functions
                  if function.linkage is Linkage.STATIC]
    return _text(f"/* note {module.note} */", _includes(scope, module.number), variables,
                 prototypes, scope.lines, code)


def _text(*parts: str | list[str]) -> str:
    lines = [line for part in parts for line in ([part] if isinstance(part, str) else part)]
    return "\n".join(lines) + "\n"


def _includes(scope: Scope, *own: int) -> list[str]:
    return [f'#include "m{number}.h"' for number in sorted({*scope.headers, *own})]


def _variables(scope: Scope, module: Module) -> Iterator[str]:
    for variable in sorted(module.variables, key=points):
        value = f"{variable.value}u"
        if variable.shape is Shape.ARRAY:
            value = f"{{{value}, 2u, {value} * 3u, 4u}}"
        if points(variable):
            own = [other.number for other in module.variables]
            targets = (*own, *variable.targets) if variable.value % 4 == 0 else variable.targets
            target = scope.variable(targets, Shape.MUTABLE, Shape.HIDDEN)
            yield f"static unsigned behind{variable.number} = {value};"
            value = f"&{name_of(target) if target else f'behind{variable.number}'}"
        hidden = "static " if variable.shape is Shape.HIDDEN else ""
        yield f"{hidden}{_declaration(variable)} = {value};"


def _function(scope: Scope, function: Function) -> Iterator[str]:
    linkage = {Linkage.EXTERN: "", Linkage.STATIC: "static ",
               Linkage.WEAK: "__attribute__((weak)) "}[function.linkage]
    yield f"{linkage}{signature(function)} {{"
    yield from body(scope, function, function.steps)


def _overrides(scope: Scope, module: Module) -> Iterator[str]:
    for override in module.overrides:
        for owner, function in _weak_functions(scope.program, module, override):
            scope.headers.add(owner.number)
            yield f"{signature(function)} {{"
            yield from body(scope, function, override.steps)
            break


def _weak_functions(program: Program, module: Module,
                    override: Override) -> Iterator[tuple[Module, Function]]:
    """The weak functions that `module` is the first to name in an override, and may define."""
    for owner in program.modules:
        for function in owner.functions:
            if function.linkage is Linkage.WEAK and function.number in override.targets:
                able = (other for other in program.modules if _may_override(program, owner, other)
                        and any(function.number in one.targets for one in other.overrides))
                if next(able, None) is module:
                    yield owner, function


def _may_override(program: Program, owner: Module, other: Module) -> bool:
    """Within one link; but which of two members of an archive is linked is not for sure."""
    if owner.home is Home.UTIL:
        return other.home is Home.APP and Home.UTIL in program.depends(Home.APP)
    return other.home is owner.home and other is not owner


def _constructor(module: Module) -> list[str]:
    if not module.starts:
        return []
    priority = f"({200 + module.starts})" if module.starts % 2 else ""
    place = next((name_of(variable) for variable in module.variables
                  if variable.shape in (Shape.MUTABLE, Shape.HIDDEN)), None)
    lines = [f"static __attribute__((constructor{priority})) void start(void) {{"]
    if module.home in MAIN:
        lines[:0] = ["extern unsigned start_order;"]
        lines.append(f"    start_order = start_order * 31u + {module.number}u;")
    if place:
        lines.append(f"    {place} = {place} * 7u + {module.starts}u;")
    return [*lines, "}"]


def _main(program: Program, home: Home) -> str:
    scope = Scope(program, home, None)
    lines = ["unsigned r = 1u, t, d = 5;"]
    for targets in program.roots:
        code = list(call(scope, Step(Does.CALL, 9, targets)))
        lines += [*code, 'printf("%u\\n", r);'] if code else []
    for number in program.watched:
        variable = scope.variable([number])
        if variable:
            lines.append(f'printf("g{number} %u\\n", {value_of(variable, "1u")});')
    lines += ["t = start_order;", 'printf("order %u\\n", t);', "return 0;"]
    return _text("#include <stdio.h>", _includes(scope), "unsigned start_order = 7u;",
                 "int main(void) {", [f"    {line}" for line in lines], "}")
