"""What the links of an existing build can take, by path."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from msgspec import Struct

from ltogen.frontends.existing.input_rewriter import Products
from ltogen.frontends.existing.names import Names
from ltogen.frontends.existing.objects import Incompatibility, Object
from ltogen.frontends.prebuilt import Prebuilt
from ltogen.linker.link_flags import UnsupportedLink
from ltogen.model.existing_build import Archive, ExistingBuild
from ltogen.model.site import Site

_LIBRARY = re.compile(r"\.so(?:\.[\d.]+)?\Z")
_OBJECTS = re.compile(r"\.(?:o|obj|lo|bc|a|rlib)\Z")  # and archives


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
        """Refuse what an unknown command makes of bitcode: it may be more bitcode.

        A linker script that is not there yet is read once it is: the manifest depends on it, so
        Ninja makes it before all else. A library may be a script, too, but to make every library
        first would take long. If there is bitcode behind it, the thin link sees that.
        """
        step = self.build.steps[self.build.makes[path]]
        if step.command is not None or _LIBRARY.search(path):
            return
        if not (step.phony or _OBJECTS.search(path)
                or os.path.exists(os.path.join(self.folder, path))):
            self.prebuilt.reads[path] = None
            return
        objects = (self.objects.get(name) for name in step.inputs)
        if any(obj and obj.bitcode_before for obj in objects):
            raise UnsupportedLink(f"it takes {path}, which a command that is not understood makes "
                                  "of bitcode")
