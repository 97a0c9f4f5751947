"""Links of public projects through the wrapper, and graphs of whole builds against lld."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import msgspec

from bench.places import SOURCES
from campaigns.links.project import Copy
from campaigns.links.project import Project as LinksProject
from campaigns.links.project import load as links_projects
from campaigns.lld_suite import graphs, public
from campaigns.lld_suite.public import Checkout
from campaigns.lld_suite.site import Link, Site, read_links
from campaigns.places import CAMPAIGNS, need_package
from ltogen.base.errors import UserError
from ltogen.toolchain import Toolchain

# What campaigns/lua/ltogen.toml is linked as.
_FORMS = ("thin", "fat", "combine")


class _Checked(Copy):
    """A copy whose links are written down and repeated."""

    def environment(self) -> dict[str, str]:
        tools = self.folder.parent / "tools"
        return {**super().environment(), "PATH": f"{tools}:{os.environ['PATH']}"}


def build(site: Site, toolchain: Toolchain, only: tuple[str, ...] = ()) -> Iterator[
        tuple[str, str]]:
    """Build each C or C++ project, or those named; its name, and why it failed if it did.

    One that is finished in the site's folder is not built again.
    """
    site.write_wrapper("ld.ltogen")
    site.write_probe("ld.ltogen")
    for name, (make, needs) in _builds(site, toolchain).items():
        mark = site.folder / f"{name}.finished"
        if only and name not in only:
            continue
        if mark.exists():
            yield name, ""
            continue
        _say(name)
        _forget(site, name)
        before = len(read_links(site.links))
        try:
            make()
        except UserError as error:
            yield name, _failed(error, needs)
        else:
            mark.touch()
            yield name, "" if len(read_links(site.links)) > before else "no link"


def finished(site: Site) -> tuple[list[str], list[Link], list[Link]]:
    """The projects that are built, their links through the wrapper, and those of whole graphs."""
    names = [path.stem for path in sorted(site.folder.glob("*.finished"))]
    links = [link for link in read_links(site.links) if _project_of(site, link) in names]
    return names, links, [link for path in sorted(site.folder.glob("*.links"))
                          for link in read_links(path)]


def _project_of(site: Site, link: Link) -> str:
    return os.path.relpath(link.folder, site.folder).partition("/")[0]


def _forget(site: Site, name: str) -> None:
    """Drop what was written down of an earlier build of the project."""
    kept = [link for link in read_links(site.links) if _project_of(site, link) != name]
    site.links.write_bytes(b"".join(msgspec.json.encode(link) + b"\n" for link in kept))


def _builds(site: Site, toolchain: Toolchain) -> dict[
        str, tuple[Callable[[], None], tuple[str, ...]]]:
    """How each is built, and what it needs. (One project of `campaigns.links` is of Rust.)"""
    return {
        **{name: (partial(_build_linked, site, toolchain, name, one), one.needs)
           for name, one in links_projects().items() if not one.own},
        **{name: (Checkout(name, one, toolchain, site).build, one.needs)
           for name, one in public.load().items()}}


def _build_linked(site: Site, toolchain: Toolchain, name: str, project: LinksProject) -> None:
    need_package(project.source, project.package or project.source)
    copy = _Checked(project, toolchain, "ltogen", site.folder / name)
    copy.copy()
    copy.build()


def _say(name: str) -> None:
    print(f"campaigns.lld_suite: {name}", file=sys.stderr, flush=True)


def _failed(error: UserError, needs: tuple[str, ...] = ()) -> str:
    return f"{error}; it needs {', '.join(needs)}" if needs else str(error)


def described(site: Site, toolchain: Toolchain, only: tuple[str, ...] = ()) -> Iterator[
        tuple[str, str]]:
    """Build each graph of a whole build; its name, and why it failed if it did.

    They come from builds that are taken over, and from a project file in each form of LTO.
    """
    taken = replace(site, folder=site.folder / "taken")
    tries: list[tuple[str, Callable[[], list[Link]], tuple[str, ...]]] = [
        (f"{name} --from", Checkout(name, one, toolchain, taken).take_over, one.needs)
        for name, one in public.load().items() if one.taken and (not only or name in only)]
    if not only or "lua" in only:
        tries += [(f"lua {form}", partial(_lua, site, toolchain, form), ()) for form in _FORMS]
    for name, links, needs in tries:
        mark = site.folder / f"{name}.links"
        if mark.exists():
            yield name, ""
            continue
        _say(name)
        try:
            found = links()
        except UserError as error:
            yield name, _failed(error, needs)
        else:
            mark.write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in found))
            yield name, "" if found else "no link"


def _lua(site: Site, toolchain: Toolchain, form: str) -> list[Link]:
    need_package("lua", "lua5.4")
    text = (CAMPAIGNS / "lua" / "ltogen.toml").read_text()
    folder = site.folder / "described" / form
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ltogen.toml").write_text(
        text.replace('lto = "thin"', f'lto = "{form}"')
        .replace("../../bench/sources/lua", os.path.relpath(SOURCES / "lua", folder)))
    return graphs.described(folder, toolchain)
