"""Large sources of an existing build as several codegen units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ltogen import flags, layout
from ltogen.lower import partition, units
from ltogen.lower.existing.objects import Object, compile_command
from ltogen.lower.rules import digest
from ltogen.model import Action, Language, Phase, Rule, SourceFile
from ltogen.site import Site


class Units(Struct, frozen=True):
    """What was asked for: units of the largest source, or None for what exceeds a worker's share.

    `jobs` are the workers planned for.
    """

    count: int | None = 1
    jobs: int = 1


def cut(objects: Mapping[str, Object], asked: Units) -> dict[str, Object]:
    """The objects, those with units whose sources are cut; by size alone."""
    if asked.count == 1:
        return dict(objects)
    costs = {path: partition.by_size(thing.module.size) for path, thing in objects.items()
             if thing.module is not None}
    fit = {path: seconds for path, seconds in costs.items() if _can_be_cut(objects[path])}
    unit = partition.share(asked.count, list(fit.values()), sum(costs.values()), asked.jobs)
    return {**objects, **{path: _in_units(objects[path], count) for path, seconds in fit.items()
                          if (count := unit.count(seconds)[0]) > 1}}


def _can_be_cut(thing: Object) -> bool:
    """Whether nothing but its object comes of a compile, and nobody wants that as bitcode."""
    arguments = thing.compile.arguments
    return not (thing.module is None or thing.bitcode_before or thing.step.dyndep
                or thing.compile.directory or flags.whole_for(arguments)
                or flags.side_outputs(arguments, front_end=True, code_generator=True))


def _in_units(thing: Object, count: int) -> Object:
    assert thing.module is not None
    module = thing.module
    folder = module.bitcode.removesuffix(module.path)
    paths = [layout.unit_of(module.path, number) for number in range(count)]
    return replace(thing, units=tuple(
        replace(module, path=path, bitcode=folder + path, size=module.size // count)
        for path in paths))


def compiles(thing: Object, folder: str, site: Site) -> Iterator[Action]:
    """The actions that make the bitcode of a source in units."""
    assert thing.module is not None
    module, step = thing.module, thing.step
    text = units.whole(module.path, site)
    command = compile_command(thing, text, folder, units.TO_IR)
    yield Action(Phase.OPTIMIZE,
                 Rule(f"ir.{digest((command,))}", command, "ir   $in", "$out.d", pool=step.pool),
                 (text,), step.inputs, (*step.implicit, site.layout.toolchain, *module.reads),
                 order_only=step.order_only, cost=float(module.size) * 2,
                 validations=step.validations)
    arguments = thing.compile.arguments
    if site.toolchain.kind == "embedded":
        arguments = flags.without_target(arguments)
    file = SourceFile(module.path, module.size, Language.C, units=len(thing.units))
    source = units.Source(file, thing.compile.source, (*arguments, "-flto=thin"), 0,
                          module.reads)
    yield from units.cut(source, module.path, site).actions
