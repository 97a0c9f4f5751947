"""What the links of an existing build can take, by path."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from ltogen.frontends.existing.input_rewriter import Products
from ltogen.frontends.existing.names import Names
from ltogen.frontends.existing.objects import Incompatibility, Object
from ltogen.frontends.prebuilt import Prebuilt
from ltogen.linker.link_flags import UnsupportedLink
from ltogen.model.existing_build import Archive, ExistingBuild
from ltogen.model.site import Site


class Contents(Struct, frozen=True):
    """What links can take from a build, by path."""

    build: ExistingBuild
    objects: Mapping[str, Object]
    archives: Mapping[str, Archive]
    incompatibility: Incompatibility
    names: Names
    prebuilt: Prebuilt
    folder: str
    site: Site

    @property
    def products(self) -> Products:
        """What the build itself makes."""
        return Products(self.names, self.objects, self.archives, self.check_made)

    def check_made(self, path: str) -> None:
        """Refuse what an unknown command makes of bitcode: it may be more bitcode."""
        step = self.build.steps[self.build.makes[path]]
        objects = (self.objects.get(name) for name in step.inputs)
        if step.command is None and any(obj and obj.bitcode_before for obj in objects):
            raise UnsupportedLink(f"it takes {path}, which a command that is not understood makes "
                                  "of bitcode")
