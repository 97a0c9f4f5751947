"""Links of public projects through the wrapper: configure scripts', too."""

from __future__ import annotations

import os
from collections.abc import Iterator

from campaigns.links.project import Copy, load
from campaigns.lld_suite.site import Site, read_links
from campaigns.places import need_package
from ltogen.base.errors import UserError
from ltogen.toolchain import Toolchain


class _Checked(Copy):
    """A copy whose links are written down and repeated."""

    def environment(self) -> dict[str, str]:
        tools = self.folder.parent / "tools"
        return {**super().environment(), "PATH": f"{tools}:{os.environ['PATH']}"}


def build(site: Site, toolchain: Toolchain) -> Iterator[tuple[str, str]]:
    """Build each C project of `campaigns.links`; its name, and why it failed if it did."""
    site.write_wrapper("ld.ltogen")
    for name, project in load().items():
        if project.own:
            continue  # (of Rust)
        before = len(read_links(site.links))
        try:
            need_package(project.source, project.package or project.source)
            copy = _Checked(project, toolchain, "ltogen", site.folder / name)
            copy.copy()
            copy.build()
        except UserError as error:
            needs = f"; it needs {', '.join(project.needs)}" if project.needs else ""
            yield name, f"{error}{needs}"
        else:
            yield name, "" if len(read_links(site.links)) > before else "no link"
