"""The paths of the graph's products, relative to the build directory."""

from __future__ import annotations

import os
import re

from msgspec import Struct

from ltogen.model.link_unit import Form

OUT = "out"
TAKEN_OVER = "ltogen.out"  # in the folder of a build that was there before


class Layout(Struct, frozen=True):
    """The folders of one graph, all inside `out`; each name of a folder ends with a slash.

    `kept` is the store of objects, where no link in `out` leads there.
    """

    out: str = OUT
    kept: str = ""

    @property
    def toolchain(self) -> str:
        """Record of the toolchain, which every action depends on."""
        return f"{self.out}/toolchain.json"

    @property
    def bitcode(self) -> str:
        """Optimised, serialised modules, shared by every link that takes them."""
        return f"{self.out}/bitcode/"

    def code(self, form: Form) -> str:
        """Folder of the code that sources are compiled to."""
        names = {Form.THIN: "bitcode", Form.UNIFIED: "bitcode", Form.NATIVE: "object"}
        return f"{self.out}/{names.get(form, form.value)}/"

    @property
    def object(self) -> str:
        """Native objects of sources without LTO."""
        return f"{self.out}/object/"

    @property
    def plain(self) -> str:
        """Native objects made from bitcode without a thin link."""
        return f"{self.out}/plain/"

    @property
    def store(self) -> str:
        """The store of objects by their keys, or a link to it; there is none if that is off."""
        return self.kept or f"{self.out}/store"

    def thin_link(self, link: str) -> str:
        """Folder of one link's indexes, keys and resolution."""
        return f"{self.out}/thinlink/{ascii_name(link)}/"

    def native(self, link: str) -> str:
        """Folder of one link's backend objects."""
        return f"{self.out}/native/{ascii_name(link)}/"

    @property
    def temps(self) -> str:
        """Folder of kept intermediate files: IR, resolutions, remarks."""
        return f"{self.out}/temps/"

    def temps_of(self, link: str) -> str:
        """Folder of one link's kept intermediate files."""
        return f"{self.temps}{ascii_name(link)}/"

    @property
    def codegen_units(self) -> str:
        """Folder of unoptimised IR, of sources that are cut and of those in unity units."""
        return f"{self.out}/units/"

    def whole_ir(self, module: str) -> str:
        """The unoptimised IR of the source whose module, whole, would be `module`."""
        return f"{self.codegen_units}{module.removesuffix('.o')}.ll"

    def ir_parts(self, module: str, count: int) -> list[str]:
        """The parts that this IR is cut into."""
        stem = self.whole_ir(module).removesuffix(".ll")
        return [f"{stem}.unit{number}.ll" for number in range(count)]

    @property
    def decisions(self) -> str:
        """Record of the codegen units of each source, and why."""
        return f"{self.out}/decisions.json"

    @property
    def embedded(self) -> str:
        """Folder of bitcode that was extracted from native objects."""
        return f"{self.out}/embedded/"

    def merged(self, link: str) -> str:
        """Folder of the code of one link's merged module."""
        return f"{self.out}/merged/{ascii_name(link)}/"

    def driver_args(self, key: str) -> str:
        """Stem of files that hold a linker command line as the compiler driver would write it."""
        return f"{self.out}/link/{key}"


_UNIT = re.compile(r"\.(unit\d+|unity)$")
LIBRARIES = "_prebuilt"  # no target may have this name
RESERVED = frozenset(f"{OUT}/{name}" for name in (
    "bitcode", "decisions.json", "embedded", "full", "link", "merged", "native", "object",
    "peaks.json", "plain", "pre-codegen", "store", "temps", "thinlink", "toolchain.json", "units"))


def module_key(source: str) -> str:
    """The name of one source's products inside its target's folder: `src/a.c` gives `src/a.c.o`.

    `source` is a normalised path. The extension stays, so that `a.c` and `a.cpp` do not meet.
    """
    return inside(source) + ".o"


def codegen_unit_module(path: str, number: int) -> str:
    """The module of one codegen unit of the module `path`."""
    return f"{path.removesuffix('.o')}.unit{number}.o"


def unity_module(path: str) -> str:
    """The module of a unity unit; `path` is the module that its first source would be alone."""
    return f"{path.removesuffix('.o')}.unity.o"


def names_module(text: str, path: str) -> bool:
    """Whether a user's `text` is the source of the module `path`, or the end of its path."""
    key = _UNIT.sub("", path.removesuffix(".o"))
    wanted = inside(os.path.normpath(text)).removesuffix(".o") if text else ""
    return not wanted or key == wanted or key.endswith(f"/{wanted}")


def below(path: str) -> str:
    """The normalised `path` as one that stays below a folder.

    A path outside the project goes under `_up` or `_root`.
    """
    if path.startswith("/"):
        return f"_root{path}"
    if path.startswith("../"):
        return "/".join("_up" if part == ".." else part for part in path.split("/"))
    return path


def inside(path: str) -> str:
    """The name of the normalised `path` below a folder of the graph."""
    return ascii_name(below(path))


def ascii_name(text: str) -> str:
    """`text` with every byte beyond ASCII, and `%` itself, as `%XX`.

    LLVM writes a module's path into the index character by character and corrupts what does not
    fit in seven bits, so no path of bitcode may have such a character. lld splits the folders of a
    thin link at `;`.
    """
    if text.isascii() and "%" not in text and ";" not in text:
        return text
    return re.sub(r"[^\x20-\x24\x26-\x3a\x3c-\x7e]", _percent, text)


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8", "surrogateescape"))


def module_path(target: str, key: str) -> str:
    """The suffix that all paths of one module share."""
    return f"{ascii_name(target)}/{key}"
