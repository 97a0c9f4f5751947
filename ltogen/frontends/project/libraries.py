"""Prebuilt libraries of a project that have bitcode: their modules join each link."""

from __future__ import annotations

from collections.abc import Iterator

from ltogen.base.errors import UserError
from ltogen.frontends.prebuilt import ByActions, Members, Prebuilt
from ltogen.frontends.project.compile_words import seen_from_build
from ltogen.linker import behind_scripts, driver_words, file_kind, inputs
from ltogen.linker.command_line import Argument, CommandLine
from ltogen.linker.file_system import FileSystem
from ltogen.linker.link_flags import UnsupportedLink
from ltogen.lower.prebuilt_bitcode import merged_command
from ltogen.model import layout
from ltogen.model.action import Action, Phase
from ltogen.model.link_unit import Form, MergedModule, ThinModule
from ltogen.model.project import Target
from ltogen.model.site import Site


def _name(path: str) -> str:
    return layout.module_path(layout.LIBRARIES, layout.inside(path))


class Libraries:
    """The libraries of targets; each is opened once, in each form once."""

    def __init__(self, root: str, folder: str, site: Site) -> None:
        self._root, self._site = root, site
        self._placer = ByActions(site, embedded=True)
        self._prebuilt = Prebuilt(folder, site, self._placer, _name, embedded=True)
        # (What it would place is nobody's.)
        self._alone = Prebuilt(folder, site, ByActions(site), _name)
        self._merged: dict[str, Action] = {}
        self._folder = folder
        self._found: dict[tuple[str, ...], Members | None] = {}

    @property
    def actions(self) -> Iterator[Action]:
        """What puts their modules into their places, in the forms that were asked for."""
        yield from self._placer.actions
        yield from self._merged.values()

    @property
    def reads(self) -> tuple[str, ...]:
        """Files that the answers depend on."""
        return tuple({**self._prebuilt.reads, **self._alone.reads})

    def opened(self, target: Target) -> list[Members]:
        """What stands for those of a target's libraries that have bitcode, in their order."""
        found = (self._members(name, target) for name in dict.fromkeys(target.libraries))
        return list({id(one): one for one in found if one is not None}.values())

    def is_opened(self, name: str, target: Target) -> bool:
        """Whether the driver must not see this library, since its members are in the line."""
        return self._members(name, target) is not None

    def _members(self, name: str, target: Target) -> Members | None:
        """The members of a library with bitcode, or behind which there is some."""
        word = seen_from_build(self._root, name) if is_file(name) else f"-l{name}"
        try:
            return self._of_line((*_looks(target, self._root), word))
        except UnsupportedLink as reason:
            raise UserError(f"[targets.{target.name}] libraries: {reason}") from None

    def _of_line(self, words: tuple[str, ...]) -> Members | None:
        if words not in self._found:
            line = CommandLine(words)
            found = inputs.read(line, FileSystem(self._folder), look_inside=False)
            self._found[words] = self._of_argument(found, line.arguments[-1])
        return self._found[words]

    def _of_argument(self, found: inputs.Inputs, argument: Argument) -> Members | None:
        """The members of what an argument is, or of what it names as a linker script."""
        own = [one for one in found.inputs if one.argument is argument]
        if own and own[0].kind != file_kind.SCRIPT:
            return self._file(own[0].path)
        behind = behind_scripts.inputs(found, argument)
        self._prebuilt.reads.update(dict.fromkeys(behind_scripts.scripts(found, argument)))
        bitcode = [one for one in behind if self._prebuilt.has_bitcode(one.path)]
        further = behind_scripts.further(found, argument)
        if bitcode and further:
            raise UnsupportedLink(f"{bitcode[0].by} names {bitcode[0].path}, which has bitcode, "
                                  f"and {further}; name {bitcode[0].path} itself")
        return self._together(behind) if bitcode else None

    def _file(self, path: str) -> Members | None:
        return self._prebuilt.members(path) if self._prebuilt.has_bitcode(path) else None

    def _together(self, behind: list[inputs.Input]) -> Members:
        """What a script names, as one."""
        words: list[str] = []
        modules: dict[str, ThinModule] = {}
        natives: dict[str, None] = {}
        split = False
        for one in behind:
            needs = () if one.kind == file_kind.MISSING else (one.path,)
            members = self._file(one.path) or Members(False, [one.word], (), needs)
            modules.update((module.bitcode, module) for module in members.modules)
            natives.update(dict.fromkeys(members.natives))
            split = split or members.split_lto_unit
            own = ["--start-lib", *members.words, "--end-lib"] if (
                members.archive) else members.words
            words += behind_scripts.in_place(one, own, as_needed=False)
        return Members(False, words, tuple(modules.values()), tuple(natives), split)

    def check_arguments(self, target: Target) -> None:
        """Refuse bitcode that the graph of a thin link would not know.

        Raises UserError for what the target's link arguments name.
        """
        words = [word for kind, words in driver_words.pieces(_link_args(target, self._root))
                 for word in words if kind != driver_words.DRIVER
                 or words[0].startswith(("-L", "-T", "--sysroot"))]
        found = inputs.read(CommandLine(words), FileSystem(self._folder), look_inside=False)
        for one in found.inputs:
            if self._is_bitcode(one.path):
                by = f", which {one.by} names," if one.by else ""
                raise UserError(f"[targets.{target.name}] link-args: {one.path}{by} has bitcode, "
                                "and only what stands under 'libraries' is optimised; name it "
                                "there")

    def _is_bitcode(self, path: str) -> bool:
        """Whether lld would optimise what is in a file: it passes over bitcode beside code."""
        try:
            return self._alone.has_bitcode(path)
        except UnsupportedLink:
            return True

    def merged(self, module: ThinModule, form: Form) -> MergedModule:
        """The module in a form to be merged in."""
        made = self._site.layout.code(form) + module.path
        if made not in self._merged:
            name = ("convert", form, "libraries", "thin" if module.thin else "full")
            command = merged_command(name, form, thin=module.thin, arguments=module.plain_flags,
                                     site=self._site)
            self._merged[made] = Action(
                Phase.OPTIMIZE, command, (made,), (module.bitcode,),
                (self._site.layout.toolchain,), size=float(module.size))
        return MergedModule(module.path, made, module.size)


def is_file(name: str) -> bool:
    """Whether a library is named by its file, and not as the linker looks for it."""
    return "/" in name or name.endswith((".a", ".so", ".o"))


def _link_args(target: Target, root: str) -> tuple[str, ...]:
    return tuple(word.replace("{root}", root) for word in target.link_args)


def _looks(target: Target, root: str) -> tuple[str, ...]:
    """What a target's link arguments say of how a library is looked for."""
    return tuple(word for _, words in driver_words.pieces(_link_args(target, root))
                 for word in words if words[0].startswith(("-L", "--sysroot", "--library-path"))
                 or word in ("-static", "-Bstatic"))
