"""The graph of one link: written, built by Ninja, and remembered."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from ltogen.backends import build_folder, ninja, stale
from ltogen.base import files
from ltogen.base.errors import StepError, UserError
from ltogen.clang import flags, triples
from ltogen.frontends.existing.input_rewriter import InputRewriter, Products
from ltogen.frontends.existing.names import Names
from ltogen.frontends.prebuilt import Prebuilt
from ltogen.ld import printed, prune
from ltogen.ld.command import Command, NotTaken
from ltogen.ld.copies import Copies
from ltogen.ld.record import Record, changes, identity, stamp
from ltogen.ld.state import State
from ltogen.ld.tools import Tools
from ltogen.linker import link_flags
from ltogen.linker.link_flags import UnsupportedLink
from ltogen.lower import thin
from ltogen.lower.remote import Farm, apart
from ltogen.lower.sharing import Sharing
from ltogen.model import layout
from ltogen.model.link_unit import FinalLink, ThinLinkUnit
from ltogen.model.plan import Plan
from ltogen.model.site import Site
from ltogen.nested import build as nested
from ltogen.nested.journal import note
from ltogen.ninja import log as ninja_log
from ltogen.ninja.spelling import check_path
from ltogen.remote_build import choice
from ltogen.store import place
from ltogen.toolchain import Request, Toolchain, choose
from ltogen.toolchain.fingerprint import files_of

_NAME = "link"  # of the one link unit in a state
_HERE = Path()


def build(command: Command, found: Tools, state: State, started: float) -> int:
    """Link by the graph; the exit status.

    Raises NotTaken for a link that is lld's own, before anything was changed.
    """
    link = _Link(command, found, state)
    link.check()
    known = link.record()
    if not state.holds_outputs():
        # Somebody changed it behind the link, such as `strip`.
        files.remove(command.output)
    # From here on only a finished link says what is current: the copies are the next link's.
    state.forget()
    try:
        link.write()
    except UserError as error:
        raise StepError(f"ld.ltogen: {error}") from None
    state.share_lock()
    before = _natives(state)
    status = link.run()
    if status == 0:
        os.utime(command.output)
        link.finish(known)
        if command.prints:
            link.show()
        state.save(known)
        link.prune()
        if command.ignored():
            note(command.output, f"{command.ignored()} is ignored: ltogen's store keeps what was "
                 "made")
    modules = len(link.unit.modules)
    ran = len(_natives(state).items() - before.items())
    note(command.output, f"{ran} of {modules} modules compiled" if status == 0 else "failed",
         started)
    prune.prune_beside(state.folder)
    return status


def _natives(state: State) -> dict[str, str]:
    """What Ninja's log says of each backend's last run."""
    log = Path(state.path(ninja_log.FILE_NAME))
    return {output: entry for output, entry in ninja_log.last_entries(log).items()
            if "/native/" in output}


class _Link:
    def __init__(self, command: Command, found: Tools, state: State) -> None:
        self._command, self._found, self._state = command, found, state
        # Taken before anything is read: what changes from now on is not what was linked.
        self._began = time.time_ns()
        self._farm: Farm | None = None
        self._stamps = {name: stamp(path) for path, name in command.names.items()}
        self._fat = command.line.is_on("fat-lto-objects")
        self._copies = Copies(command.names, state.known, fat=self._fat)
        self.manifest = state.path(ninja.MANIFEST)
        try:
            self._read()
        except UnsupportedLink as reason:
            raise NotTaken(str(reason), warn=True) from None
        except UserError as reason:
            raise NotTaken(str(reason), warn=True) from None

    def _read(self) -> None:
        command, folder = self._command, os.getcwd()
        parts = link_flags.of_linker(command.words)
        # (No link may lead out of a state.)
        kept, problem = place.usable(os.environ)
        if problem:
            note(command.output, f"nothing is kept for other links: {problem}")
        site = Site(self._toolchain(None), layout.Layout(self._state.folder, kept))
        names = command.names
        self._prebuilt = prebuilt = Prebuilt(
            folder, site, self._copies, lambda path: layout.inside(names.get(path, path)),
            embedded=self._fat, fat_objects=self._fat)
        line = InputRewriter(parts, Products(Names(folder, ())), prebuilt, folder, site, lto=True)
        line.read()
        self.site = Site(self._for_target(site.toolchain, prebuilt.targets), site.layout)
        self._opened, self._split = line.opened, line.split
        after = printed.redirection(self._state.folder) if command.prints else ""
        self.unit = ThinLinkUnit(
            FinalLink(_NAME, command.output, tuple(line.words), objects=(), driver_args="",
                      after=after),
            tuple(line.modules.values()), command.pic, backend_flags=parts.backend,
            backend_reads=flags.files_read(parts.backend, folder))

    def _toolchain(self, target: str | None) -> Toolchain:
        request = Request(kind="system", cc=self._found.clang or None, ld=self._found.linker,
                          target=target)
        return choose(request, Path(self._state.path("toolchain.json")))

    def _for_target(self, toolchain: Toolchain, targets: Iterable[str]) -> Toolchain:
        """The toolchain for the machine that the modules are for."""
        targets = list(targets)
        if not targets or any(triples.machine(target) == triples.machine(toolchain.target)
                              for target in targets):
            return toolchain
        return self._toolchain(targets[0])

    def check(self) -> None:
        """Raises NotTaken for a link that a graph would not make any better or cannot describe."""
        if not self.unit.modules:
            raise NotTaken("no bitcode among what is linked")
        self._check_archives()
        if self._splits_the_rest():
            raise NotTaken("--lto-partitions splits its modules of regular LTO")
        self._reads = self._command.reads(look_inside=True)
        if self._reads.output and not self._command.line.has("output"):
            raise NotTaken("a script names its output", warn=True)
        try:
            for path in (self._command.output, self._state.folder, *self._command.inputs):
                check_path(path, "")
        except UserError as reason:
            raise NotTaken(str(reason).strip(": ")) from None

    def _check_archives(self) -> None:
        """Members of an archive with bitcode stand for themselves: lld would not exclude them."""
        excluded = link_flags.excluded_libraries(self._command.line)
        for path in self._opened:
            if excluded & {"ALL", os.path.basename(path)}:
                raise NotTaken(f"--exclude-libs names {path}, which has bitcode")

    def _splits_the_rest(self) -> bool:
        """Whether lld would compile what is not thin in parts: a thin link leaves one."""
        regular = bool(self._split) or not all(module.thin for module in self.unit.modules)
        return regular and self._command.line.last("lto-partitions") not in ("", "1")

    def record(self) -> Record:
        """What this link is made from, as far as that can be said before."""
        command = self._command
        known = Record()
        known.identity = identity(command, self._found.linker)
        copies = self._copies.of
        written = (command.output, *command.written)
        known.inputs = {name: (self._stamps[name], copies.get(path, ""))
                        for path, name in command.names.items()}
        for path in self._reads.files:
            known.inputs.setdefault(command.names.get(path, path),
                                    (stamp(path), copies.get(path, "")))
        known.absent += [path for path in self._reads.absent if path not in written]
        self._tool_files = frozenset(self._tools())
        for path in self._tool_files:
            known.inputs[path] = (stamp(path), "")
        known.outputs = dict.fromkeys(filter(None, written), "")
        return known

    def _tools(self) -> Iterator[str]:
        toolchain = self.site.toolchain
        yield from toolchain.inputs
        yield from files_of(toolchain.fingerprint)

    def write(self) -> None:
        """Put everything into the state that Ninja starts from."""
        self._copies.place()
        if self._other_natives():
            # Times are not enough: an older file may have come in the place of a newer one.
            files.remove(self._state.path(f"thinlink/{_NAME}/link.rsp"))
        last = build_folder.last_run(Path(self.manifest), Path(self._state.folder), None)
        plan = last.ordered(Plan(tuple(thin.lower(self.unit, self.site, Sharing())), (), (),
                                 (self.unit.final.product,)))
        self._farm = choice.farm(os.environ)
        plan = apart(plan, self._farm)
        made = ninja.link_manifest(plan, self._state.folder)
        build_folder.write(_HERE, self.site.layout, self.site.toolchain, {self.manifest: made},
                          self.manifest)
        if made != last.text:
            # (A garbled log may name what is above the state.)
            known = [path for path in last.outputs if os.path.normpath(path) == path]
            stale.remove(_HERE, self._state.folder, plan, known)

    def _other_natives(self) -> bool:
        """Whether anything but bitcode may be another than was linked last."""
        known = self._state.known
        if known is None or any(map(os.path.exists, known.absent)):
            return True
        return any(not copy for _, _, _, copy in changes(known, self._command))

    def run(self) -> int:
        """Run Ninja; its exit status."""
        try:
            return nested.run(self.manifest, self.names, show=True,
                              elsewhere=self._farm.there if self._farm else 0).status
        except UserError as error:
            raise StepError(f"ld.ltogen: {error}") from None

    def names(self) -> dict[str, str]:
        """What the user calls each file of bitcode in the state, and the object made of it."""
        natives, bitcode = self.site.layout.native(_NAME), self.site.layout.bitcode
        named = {copy: module for copy, module, _ in self._copies.named()}
        return {**named, **{natives + path.removeprefix(bitcode): name
                            for path, name in named.items()}, **dict(self._own_names())}

    def _own_names(self) -> Iterator[tuple[str, str]]:
        """How lld names objects of modules where it links them itself, and what it would say."""
        output = self._command.output
        beside = f"{output}.new"  # what cutoff.sh has it write
        yield f"{beside}.lto.o", f"{output}.lto.o"
        yield (f"{self.site.layout.thin_link(_NAME)}regular-lto.o",
               os.path.normpath(f"{output}.lto.o"))
        for copy, module, _ in self._copies.named():
            yield (printed.name_of_native(beside, copy), printed.name_of_native(output, module))

    def show(self) -> None:
        """Print what lld prints of the link, with the objects by its own names of them."""
        layout, names = self.site.layout, dict(self._own_names())
        for copy, module, native in self._copies.named():
            made = layout.native(_NAME) + copy.removeprefix(layout.bitcode)
            names[made] = printed.name_of_native(self._command.output, module)
            names[copy] = native
        printed.keep(self._state.folder, names)
        printed.show(self._state.folder)

    def finish(self, known: Record) -> None:
        """Add what only the linker could say: which files it read besides."""
        for name in ("link.rsp.d", "link.d"):
            for path in _dependencies(self._state.path(f"thinlink/{_NAME}/{name}")):
                if not path.startswith(f"{self._state.folder}/"):
                    known.inputs.setdefault(path, (self._stamp_before(path), ""))

        if self._command.depfile:
            # Of what lld would have read: the objects themselves, not what stands for them.
            found = sorted(path for path in known.inputs
                           if path not in self._tool_files and os.path.isfile(path))
            paths = list(dict.fromkeys((*self._command.inputs, *found)))
            files.write_if_changed(self._command.depfile,
                                   files.depfile(self._command.output, paths))

    def _stamp_before(self, path: str) -> str:
        """A file's stamp, if it has not changed since the link began."""
        try:
            return stamp(path) if os.stat(path).st_ctime_ns < self._began else ""
        except OSError:
            return ""

    def prune(self) -> None:
        """Delete copies that no link takes any more."""
        self._copies.prune(self.site.layout.bitcode, self.site.layout.object)


def _dependencies(depfile: str) -> list[str]:
    """The inputs that a depfile names, as a build step or lld wrote it."""
    text = os.fsdecode(files.read(depfile) or b"").replace("\\\n", " ")
    words = re.findall(r"(?:\\[ #]|[^\s])+", text.partition(":")[2])
    return [re.sub(r"\\([ #])", r"\1", word).replace("$$", "$") for word in words]
