"""One link by stock lld, from bitcode in process, and by ltogen: what their products say.

Compared are all symbols (name, version, type, binding, visibility, where defined, size), those of
the dynamic table, and the entries of the dynamic section.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from tests.support.linked import Linked
from tests.support.system_toolchain import AR, CC, SYSTEM

_SYMBOL = re.compile(r" *\d+: [0-9a-f]+ +(\S+) (\S+) +(\S+) +(\S+)(?: \[.*\])? +(\S+) (.*)")
_TAG = re.compile(r"  0x[0-9a-f]+ +\((\w+)\) +(.*)")
# Of these the values are places and sizes, or follow from a table's order.
_WITH_TEXT = ("NEEDED", "SONAME", "RPATH", "RUNPATH", "FLAGS", "FLAGS_1", "AUXILIARY", "FILTER")
LLD = SYSTEM.ld[0] if SYSTEM else "ld.lld"
READELF = AR.replace("llvm-ar", "llvm-readelf")

Table = Counter[tuple[str, ...]]


@dataclass(frozen=True)
class Product:
    """What one product says; whether the link failed, and why."""

    failed: bool
    complaint: str = ""
    symbols: Table = field(default_factory=Counter)
    dynamic: Table = field(default_factory=Counter)
    tags: Table = field(default_factory=Counter)
    notes: str = ""


def read(linked: Linked, product: str) -> Product:
    """What `product` says of its symbols."""
    done = linked.run([READELF, "--symbols", "--dyn-syms", "-d", "-n", "-W", product])
    assert done.status == 0, done.text
    dynamic, _, rest = done.stdout.partition("Symbol table '.symtab'")
    tags: Table = Counter((name, value if name in _WITH_TEXT else "")
                   for name, value in _TAG.findall(dynamic))
    features = re.findall(r"(?:x86|aarch64) feature: .*", rest + dynamic)
    return Product(False, "", _table(rest), _table(dynamic), tags, "".join(features))


def _table(text: str) -> Table:
    """The symbols of one table, without names that LLVM and lld give to files."""
    return Counter(
        (name.strip(), kind, binding, visibility, _where(section), size)
        for size, kind, binding, visibility, section, name in _SYMBOL.findall(text)
        if kind not in ("FILE", "SECTION"))


def _where(section: str) -> str:
    return section if section in ("UND", "ABS", "COM") else "defined"


def link(linked: Linked, words: list[str], output: str, *, by_graph: bool = False) -> Product:
    """Link by lld, or by `ld.ltogen`, which must make a graph of it."""
    done = linked.run(["ld.ltogen" if by_graph else LLD, *words, "-o", output])
    if done.status:
        return Product(True, done.text)
    assert not by_graph or "modules compiled" in linked.became(), linked.became()
    return read(linked, output)


def differences(linked: Linked, *words: str) -> list[str]:
    """Where `ld.ltogen` and lld disagree on one link; it must be made by a graph."""
    return compare(link(linked, list(words), "by-lld"),
                   link(linked, list(words), "by-ltogen", by_graph=True), list(words))


def compare(lld: Product, own: Product, words: list[str]) -> list[str]:
    """Where two products of the same link disagree, in words.

    LTO makes the definition of a wrapped symbol weak. lld forgets what it was, and where it saw
    `__real_` first, the final link does not, if it is one of natives: either binding is right.
    """
    wrapped = set[str]()
    if not SYSTEM or SYSTEM.major < 21:
        wrapped = {word.removeprefix("--wrap=") for word in words if word.startswith("--wrap=")}
    if lld.failed or own.failed:
        return [] if lld.failed and own.failed else [
            f"lld: {lld.complaint or 'links'}", f"ltogen: {own.complaint or 'links'}"]
    found = [] if lld.notes == own.notes else [f"notes {lld.notes!r}, ltogen {own.notes!r}"]
    for name in ("symbols", "dynamic", "tags"):
        theirs, ours = (Counter({
            (one[0], one[1], "", *one[3:]) if one[0] in wrapped and "defined" in one else one: count
            for one, count in getattr(product, name).items()}) for product in (lld, own))
        found += [f"{name}: lld alone has {' '.join(one)}" for one in theirs - ours]
        found += [f"{name}: ltogen alone has {' '.join(one)}" for one in ours - theirs]
    return found


# How a source is compiled.
FORMS = {"thin": ("-flto=thin",), "full": ("-flto=full",), "native": ()}


def compile_all(linked: Linked, sources: dict[str, tuple[str, str]], *flags: str) -> None:
    """Make `NAME.o` of each text, in its form."""
    linked.write({f"{name}.c": text for name, (_, text) in sources.items()})
    for form, words in FORMS.items():
        names = [f"{name}.c" for name, (one, _) in sources.items() if one == form]
        if names:
            done = linked.run([CC, "-O2", "-fPIC", "-w", *flags, *words, "-c", *names])
            assert done.status == 0, done.text


def archive(linked: Linked, name: str, *members: str) -> None:
    """Make an archive."""
    done = linked.run([AR, "qcS", name, *members])
    assert done.status == 0, done.text
