"""Prebuilt libraries of a project that have bitcode: their modules join each link."""

from __future__ import annotations

from collections.abc import Iterator

from ltogen.base.errors import UserError
from ltogen.frontends.prebuilt import ByActions, Members, Prebuilt
from ltogen.frontends.project.compile_words import seen_from_build
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
    """The libraries that targets name as files; each is opened once, in each form once."""

    def __init__(self, root: str, folder: str, site: Site) -> None:
        self._root, self._site = root, site
        self._placer = ByActions(site, embedded=True)
        self._prebuilt = Prebuilt(folder, site, self._placer, _name, embedded=True)
        self._merged: dict[str, Action] = {}

    @property
    def actions(self) -> Iterator[Action]:
        """What puts their modules into their places, in the forms that were asked for."""
        yield from self._placer.actions
        yield from self._merged.values()

    @property
    def reads(self) -> tuple[str, ...]:
        """Files that the answers depend on."""
        return tuple(self._prebuilt.reads)

    def opened(self, target: Target) -> list[Members]:
        """What stands for those of a target's libraries that have bitcode, in their order."""
        return [self._prebuilt.members(path) for path in dict.fromkeys(
            seen_from_build(self._root, name) for name in target.libraries if is_file(name))
            if self._has_bitcode(path, target)]

    def is_opened(self, name: str, target: Target) -> bool:
        """Whether the driver must not see this library, since its members are in the line."""
        return is_file(name) and self._has_bitcode(seen_from_build(self._root, name), target)

    def _has_bitcode(self, path: str, target: Target) -> bool:
        try:
            return self._prebuilt.has_bitcode(path)
        except UnsupportedLink as reason:
            raise UserError(f"[targets.{target.name}] libraries: {reason}") from None

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
