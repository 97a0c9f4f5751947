"""Cuts large sources of an existing build into codegen units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from ltogen.clang import flags
from ltogen.codegen_units import partition
from ltogen.frontends.existing.objects import Object, compile_command, compile_words
from ltogen.lower import cut_sources
from ltogen.lower.commands import key
from ltogen.model import layout
from ltogen.model.action import Action, Phase
from ltogen.model.costs import Decision, by_size
from ltogen.model.site import Site


class CodegenUnitRequest(Struct, frozen=True):
    """The codegen units asked for: `count` of the largest source.

    None for a count that keeps each unit within a worker's share; `jobs` is the number of workers.
    """

    count: int | None = 1
    jobs: int = 1


def decide(objects: Mapping[str, Object], asked: CodegenUnitRequest) -> dict[str, Decision]:
    """The decision for each object with a module, by the size of its source alone."""
    if asked.count == 1:
        return {}
    seconds = {path: by_size(obj.module.size) for path, obj in objects.items()
               if obj.module is not None}
    whole = {path: _whole(objects[path]) for path in seconds}
    own = [took for path, took in seconds.items() if not whole[path]]
    share = partition.share(asked.count, own, sum(seconds.values()), asked.jobs)
    return {path: Decision("", objects[path].compile.source, *share.count(took, whole[path]))
            for path, took in seconds.items()}


def cut(objects: Mapping[str, Object], decisions: Mapping[str, Decision]) -> dict[str, Object]:
    """The objects, with codegen units where the source is cut."""
    return {**objects, **{path: _cut(objects[path], one.codegen_units)
                          for path, one in decisions.items() if one.codegen_units > 1}}


def _whole(obj: Object) -> str:
    """Why a source cannot be cut; empty if it can."""
    arguments = obj.compile.arguments
    if obj.bitcode_before:
        return "the build itself makes bitcode of it"
    if obj.step.dyndep:
        return "it is scanned for C++ modules"
    if obj.compile.directory:
        return "it is compiled in a folder of its own"
    flag = flags.whole_for(arguments)
    if flag:
        return f"{flag} is about all of it"
    if flags.side_outputs(arguments, front_end=True, code_generator=True):
        return "its flags ask for a file beside the object"
    return ""


def _cut(obj: Object, count: int) -> Object:
    assert obj.module is not None
    module = obj.module
    folder = module.bitcode.removesuffix(module.path)
    paths = [layout.codegen_unit_module(module.path, number) for number in range(count)]
    return replace(obj, codegen_units=tuple(
        replace(module, path=path, bitcode=folder + path, size=module.size // count)
        for path in paths))


def compiles(one: Object, folder: str, site: Site) -> Iterator[Action]:
    """The actions that make the bitcode of a source that is cut."""
    assert one.module is not None
    module, step = one.module, one.step
    text = site.layout.whole_ir(module.path)
    words = compile_words(one, text, folder, cut_sources.TO_IR)
    name = key((*words, one.compile.shell.before, one.compile.shell.after))
    yield Action(Phase.OPTIMIZE, compile_command(("ir", name), "compile ", words, one),
                 (text,), step.inputs, (*step.implicit, site.layout.toolchain, *module.reads),
                 order_only=step.order_only, size=float(module.size) * 2,
                 validations=step.validations)
    arguments = one.compile.arguments
    if site.toolchain.kind == "embedded":
        arguments = flags.without_target(arguments)
    source = cut_sources.Source(one.compile.source, module.size, len(one.codegen_units),
                                 (*arguments, "-flto=thin"), 0, module.reads)
    yield from cut_sources.cut(source, module.path, site).actions
