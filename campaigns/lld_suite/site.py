"""What LLVM's build would have made for its tests: tool folders and lit's site configuration."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from bench.places import SOURCES
from campaigns.places import ROOT

LIT = SOURCES / "llvm" / "lit" / "bin" / "lit"
_CONFIG = """\
import lit.llvm

config.llvm_src_root = {utils!r}
config.llvm_obj_root = config.lld_obj_root = {folder!r}
config.llvm_tools_dir = {llvm!r} + "/bin"
config.lld_tools_dir = config.cross_project_tests_tools_dir = {tools!r}
config.llvm_libs_dir = config.lld_libs_dir = config.llvm_shlib_dir = {llvm!r} + "/lib"
config.llvm_shlib_ext = config.llvm_plugin_ext = ".so"
config.lit_tools_dir = config.errc_messages = ""
config.host_triple = config.target_triple = {triple!r}
config.python_executable = {python!r}
config.have_zlib = config.have_zstd = config.have_libxml2 = True
config.sizeof_void_p = 8
config.ld_lld_default_mingw = config.build_examples = config.linked_bye_extension = False
config.have_dia_sdk = config.is_msvc = config.has_plugins = config.enable_backtrace = False
config.enable_threads = True
config.targets_to_build = {targets!r}
config.llvm_enabled_projects = ["clang", "lld"]
config.cross_project_tests_obj_root = {folder!r} + "/cross-project-tests"
config.cross_project_tests_src_root = {source!r} + "/cross-project-tests"
config.llvm_use_sanitizer = ""
lit.llvm.initialize(lit_config, config)
lit_config.load_config(config, {source!r} + {main!r})
"""
# In the place of the distributor that LLVM's tests name.
_DISTRIBUTOR = """\
import os, sys
os.execv({program!r}, [{program!r}, sys.argv[-1]])
"""
_WRAPPER = """\
#!{python} -P
import sys
sys.path[:0] = [{root!r}]
from campaigns.lld_suite import wrapper
sys.exit(wrapper.main(**{settings!r}))
"""


@dataclass(frozen=True, slots=True)
class Site:
    """Tests of one version of lld, run with one linker in `folder`.

    `llvm` is the folder with the tools' `bin` and `lib`; `triple` and `targets` are LLVM's own
    words for what it was built for.
    """

    version: str
    llvm: Path
    triple: str
    targets: tuple[str, ...]
    folder: Path

    @property
    def tools(self) -> Path:
        """The folder that comes before LLVM's on PATH."""
        return self.folder / "tools"

    @property
    def links(self) -> Path:
        """What the wrapper writes down of each link: a line of JSON."""
        return self.folder / "links.jsonl"

    def write(self, *, ltogen: bool, distributor: bool = False) -> None:
        """Put everything there; with `ltogen`, a wrapper takes the place of `ld.lld`.

        With `distributor`, ltogen's takes the place of LLVM's.
        """
        self.tools.mkdir(parents=True, exist_ok=True)
        if ltogen:
            self.write_wrapper("ld.lld")
        else:
            (self.tools / "ld.lld").symlink_to(self.llvm / "bin" / "ld.lld")
        for name in ("lld-link", "ld64.lld", "wasm-ld"):
            (self.tools / name).symlink_to(self.llvm / "bin" / name)
        # (clang looks for a linker beside itself first.)
        for name in ("clang", "clang++"):
            _script(self.tools / name,
                    f'#!/bin/sh\nexec {self.llvm}/bin/{name} -B{self.tools} "$@"\n')
        utils = self._with_distributor() if distributor else self._source / "llvm"
        self._configure("lld", "/lld/test/lit.cfg.py", utils)
        self._configure("cross-project-tests", "/cross-project-tests/lit.cfg.py", utils)

    @property
    def _source(self) -> Path:
        return SOURCES / "llvm" / self.version

    def _with_distributor(self) -> Path:
        """A folder like LLVM's own sources, as far as tests use them."""
        theirs, ours = (top / "utils" / "dtlto" for top in (self._source / "llvm",
                                                           self.folder / "llvm"))
        shutil.copytree(theirs, ours)
        (ours / "local.py").write_text(_DISTRIBUTOR.format(
            program=str(Path(sys.executable).with_name("ltogen-distributor"))))
        return self.folder / "llvm"

    def write_wrapper(self, name: str) -> None:
        """Put the linker that writes down what it does among the tools."""
        self.tools.mkdir(parents=True, exist_ok=True)
        settings = {"llvm": str(self.llvm), "links": str(self.links)}
        _script(self.tools / name, _WRAPPER.format(
            python=sys.executable, root=str(ROOT), settings=settings))

    def write_probe(self, name: str) -> None:
        """Put lld under the wrapper's name into a folder of its own."""
        folder = self.folder / "probe"
        folder.mkdir(parents=True, exist_ok=True)
        _script(folder / name, f'#!/bin/sh\nexec {self.llvm}/bin/ld.lld "$@"\n')

    def _configure(self, suite: str, main: str, utils: Path) -> None:
        text = _CONFIG.format(
            source=str(self._source), utils=str(utils), folder=str(self.folder),
            llvm=str(self.llvm), main=main, tools=str(self.tools), triple=self.triple,
            targets=list(self.targets), python=sys.executable)
        folder = self.folder / suite / ("test" if suite == "lld" else "")
        folder.mkdir(parents=True)
        (folder / "lit.site.cfg.py").write_text(text)

    def suites(self, *, lto: bool) -> list[str]:
        """What lit is to run: everything, or the tests about LTO."""
        elf = self.folder / "lld" / "test" / "ELF"
        dtlto = str(self.folder / "cross-project-tests" / "dtlto")
        return [str(elf / "lto"), str(elf / "dtlto"), dtlto] if lto else [str(elf), dtlto]


class Link(msgspec.Struct, frozen=True):
    """What the wrapper wrote down of one link.

    `way` is what became of it: how many backends ran, "up to date", "failed", or why it was left
    to lld. `lto` says whether bitcode was linked, `differs` what lld makes otherwise, `sizes`
    which functions and sections it makes larger or smaller, and `reordered` whether it puts things
    into another order.
    """

    arguments: tuple[str, ...]
    folder: str
    status: int
    way: str
    lto: bool = False
    differs: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    reordered: bool = False


def read_links(path: Path) -> list[Link]:
    """What the wrapper wrote down."""
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(line, type=Link) for line in lines]


def _script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)
