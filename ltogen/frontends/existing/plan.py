"""Plans an existing build: its links by ThinLTO, everything else as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct

from ltogen.base.errors import UserError
from ltogen.clang import flags
from ltogen.frontends.existing import targets
from ltogen.frontends.existing.contents import Contents
from ltogen.frontends.existing.cut import CodegenUnitRequest, cut, decide
from ltogen.frontends.existing.cut import compiles as cut_compiles
from ltogen.frontends.existing.link import Assembled, assemble
from ltogen.frontends.existing.names import Names
from ltogen.frontends.existing.objects import Incompatibility, Object, compiles, inspect
from ltogen.frontends.existing.scans import Scans
from ltogen.frontends.prebuilt import ByActions, Prebuilt
from ltogen.linker.link_flags import UnsupportedLink
from ltogen.lower import final, plain, thin
from ltogen.lower.prebuilt_bitcode import copy
from ltogen.lower.sharing import Sharing
from ltogen.model.action import Action
from ltogen.model.costs import Decision
from ltogen.model.existing_build import Archive, Compile, ExistingBuild, Link, Step
from ltogen.model.plan import Plan
from ltogen.model.site import Site
from ltogen.toolchain.system import variables_for_clang


class TakeOver(Struct, frozen=True):
    """The plan for an existing build.

    `replaced` are the positions of the steps that the plan replaces, `wanted` the names of the
    targets as seen from the build folder.
    """

    plan: Plan
    replaced: frozenset[int]
    reads: tuple[str, ...]
    warnings: tuple[str, ...]
    links: int
    modules: int
    decisions: tuple[Decision, ...]
    wanted: tuple[str, ...] = ()


def take_over(build: ExistingBuild, wanted: Sequence[str], incompatibility: Incompatibility,
              folder: str, site: Site, codegen_units: CodegenUnitRequest) -> TakeOver:
    """Plan the links that the targets `wanted` need, or all links, by ThinLTO.

    Commands run in `folder`. Sources are cut as `codegen_units` says.
    Raises UserError for an unknown target, and if nothing can be taken over.
    """
    placer = ByActions(site)
    scans = Scans(build)
    objects, archives = _known(build, incompatibility, folder, site)
    objects = _without_kept_scans(objects, scans)
    decisions = decide(objects, codegen_units)
    contents = Contents(build, cut(objects, decisions), archives, incompatibility,
                        Names(folder, build.makes), Prebuilt(folder, site, placer), folder, site)
    links = {position: step.command for position, step in enumerate(build.steps)
             if isinstance(step.command, Link)}
    found = [targets.wanted(name, folder, contents.names) for name in wanted]
    paths = [one.path for one in found]
    chosen = targets.chosen(build, paths, links) if wanted else set(links)
    planner = _Planner(contents, scans, placer)
    for position, link in links.items():
        planner.add(build.steps[position], position, link, lto=position in chosen)
    for position, step in enumerate(build.steps):
        if step.problem and (not wanted or position in chosen):
            planner.warn(step.name, step.problem)
    if not planner.thin:
        raise UserError(_nothing(planner.warnings, objects.values()))
    taken = planner.result(paths, decisions)
    return msgspec.structs.replace(taken, wanted=tuple(one.name for one in found))


def _nothing(warnings: Sequence[str], objects: Iterable[Object]) -> str:
    if warnings:
        return f"nothing to take over: {warnings[0]}"
    off = next((obj.compile for obj in objects if flags.lto_mode(obj.compile.arguments) == "off"),
               None)
    if off:
        return (f"nothing to take over: {off.output} is compiled with -fno-lto, as is all else "
                "that a link takes; leave it out of the build's flags")
    return ("nothing to take over: no link of objects that clang compiles; "
            f"configure the build with {variables_for_clang()}")


def _known(build: ExistingBuild, incompatibility: Incompatibility, folder: str,
           site: Site) -> tuple[dict[str, Object], dict[str, Archive]]:
    objects: dict[str, Object] = {}
    archives: dict[str, Archive] = {}
    for step in build.steps:
        if isinstance(step.command, Compile):
            objects[step.command.output] = inspect(
                step, step.command, incompatibility, folder, site)
        elif isinstance(step.command, Archive):
            archives[step.command.output] = step.command
    return objects, archives


def _without_kept_scans(objects: dict[str, Object], scans: Scans) -> dict[str, Object]:
    """The objects, native where the dyndep file that they read has to stay as it is."""
    kept = scans.kept({path for path, obj in objects.items() if obj.module})
    return {path: obj if obj.module is None or obj.step.dyndep not in kept
            else msgspec.structs.replace(obj, module=None, problem=(
                f"it is scanned for C++ modules together with {kept[obj.step.dyndep]}"))
            for path, obj in objects.items()} if kept else objects


class _Planner:
    def __init__(self, contents: Contents, scans: Scans, placer: ByActions) -> None:
        self._contents, self._scans, self._placer = contents, scans, placer
        self._replaced: set[int] = set()
        self.thin: list[Assembled] = []
        self._plain: list[Assembled] = []
        self.warnings: list[str] = []

    def warn(self, output: str, reason: str) -> None:
        """Note a warning: a product is not optimised."""
        self.warnings.append(f"{output} is not optimised: {reason}")

    def add(self, step: Step, position: int, link: Link, *, lto: bool) -> None:
        """Plan one link, or leave it as it was."""
        try:
            made = assemble(step, link, self._contents, lto=lto)
        except UnsupportedLink as reason:
            if lto:
                self.warn(link.output, str(reason))
            return
        if lto and made.problems:
            path, problem = made.problems[0]
            more = f" ({len(made.problems)} objects in all)" if len(made.problems) > 1 else ""
            self.warn(f"{path} in {link.output}", f"{problem}{more}")
        if made.thin:
            self.thin.append(made)
        elif made.objects and not lto:
            self._plain.append(made)
        else:
            return
        self._replaced.add(position)

    def result(self, wanted: Sequence[str], decisions: Mapping[str, Decision]) -> TakeOver:
        """The plan of all added links, and the decisions for its sources."""
        build = self._contents.build
        objects = {obj.compile.output: obj
                   for made in (*self.thin, *self._plain) for obj in made.objects}
        objects.update(self._scanned_with(objects.values()))
        self._replaced |= {build.makes[path] for path, obj in objects.items() if not obj.fat}
        folder, site = self._contents.folder, self._contents.site
        actions = [*compiles(objects.values(), self._scans, folder, site),
                   *(action for obj in objects.values() if obj.codegen_units
                     for action in cut_compiles(obj, folder, site)),
                   *self._placer.actions, *self._links(), *self._natives(objects)]
        return TakeOver(
            Plan(tuple(actions), (), (), tuple(self._defaults(wanted))),
            frozenset(self._replaced), (*build.reads, *self._contents.prebuilt.reads),
            tuple(self.warnings), len(self.thin),
            sum(len(obj.codegen_units) or 1 for obj in objects.values()),
            tuple(decisions[path] for path in objects if path in decisions))

    def _scanned_with(self, taken: Iterable[Object]) -> dict[str, Object]:
        """All objects of the scans that are replaced, and of those that wait for one of them."""
        scans = self._scans.with_ahead(obj.step.dyndep for obj in taken if obj.step.dyndep)
        return {path: obj for path, obj in self._contents.objects.items()
                if obj.step.dyndep in scans}

    def _links(self) -> Iterator[Action]:
        asked: set[str] = set()
        site = self._contents.site
        sharing = Sharing()
        for made in (*self.thin, *self._plain):
            if made.driver_args.stem not in asked:
                asked.add(made.driver_args.stem)
                yield made.driver_args.action
            if made.thin:
                yield from thin.lower(made.thin, site, sharing)
            else:
                yield final.native(made.final, site)

    def _natives(self, objects: dict[str, Object]) -> Iterator[Action]:
        """Native objects for the steps of the rest of the build that need taken objects."""
        site = self._contents.site
        needed = self._still_needed()
        # Who wants the object of a source that is cut gets what the build itself makes.
        self._replaced -= {self._contents.build.makes[path] for path, obj in objects.items()
                           if obj.codegen_units and path in needed}
        wanted = {path: obj for path, obj in objects.items() if path in needed}
        natives = [(obj.module, path) for path, obj in wanted.items()
                   if obj.module and not obj.bitcode_before and not obj.codegen_units]
        for path, obj in wanted.items():
            if obj.module and obj.bitcode_before and not obj.fat:
                yield copy(obj.module.bitcode, path, site)
        non_lto = {obj.module.path: obj.module
                   for made in self._plain for obj in made.objects if obj.module}
        natives += [(module, site.layout.plain + path) for path, module in non_lto.items()]
        yield from plain.backends("", natives, site)

    def _still_needed(self) -> set[str]:
        build = self._contents.build
        needed = set(build.defaults)
        for position, step in enumerate(build.steps):
            if position not in self._replaced:
                needed.update(step.inputs, step.implicit, step.order_only, step.validations)
        for made in (*self.thin, *self._plain):
            needed.update(made.final.objects)
        return needed

    def _defaults(self, wanted: Sequence[str]) -> Iterator[str]:
        """The build's own default targets, without archives that only taken links use."""
        build = self._contents.build
        asked = {*wanted, *build.installed, *build.defaults}
        opened = {path for made in self.thin for path in made.opened} - asked
        spared = {path for path in opened if self._only_for_links(path)}
        leaves = _leaves(build)
        if spared.isdisjoint(leaves):
            yield from build.defaults
            return
        yield from (path for path in leaves if path not in spared)

    def _only_for_links(self, path: str) -> bool:
        """Whether writing an archive needs native objects that no other step needs."""
        archive = self._contents.archives.get(path)
        if archive is None or not archive.only_archives:
            return False
        members = [self._contents.objects.get(member) for member in archive.members]
        return any(obj and obj.module and not obj.bitcode_before for obj in members)


def _leaves(build: ExistingBuild) -> dict[str, None]:
    """The files of the default target, with aliases resolved."""
    leaves: dict[str, None] = {}
    seen: set[str] = set()
    pending = list(reversed(build.defaults))
    while pending:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        position = build.makes.get(path)
        if position is None or not build.steps[position].phony:
            leaves[path] = None
            continue
        step = build.steps[position]
        below = (*step.inputs, *step.implicit, *step.order_only, *step.validations)
        if not below:
            leaves[path] = None
        pending += reversed(below)
    return leaves
