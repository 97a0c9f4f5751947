"""`ltogen doctor`: what is installed, whether it works, and how to install the rest."""

from __future__ import annotations

import argparse
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from ltogen import __version__
from ltogen.base.errors import UserError
from ltogen.ninja import binary as ninja_binary
from ltogen.toolchain import Request, Toolchain, choose
from ltogen.toolchain.embedded import INSTALL
from ltogen.toolchain.system import variables_for_clang

_DESCRIPTION = """\
Show the installed toolchains and try each one: compile, thin-link, link and run two modules. For
each missing tool, print the command that installs it. The exit status is 1 if none can build.
"""

_LINKER = "ld.ltogen"
_TRIAL_PROJECT = '[targets.trial]\nsources = ["main.{0}", "answer.{0}"]\n'
_TRIAL_MAIN = "int answer(void);\nint main(void) {{ {0} return answer() - 42; }}\n"
_TRIAL_CXX = "#include <string>\n"
_TRIAL_ANSWER = "int answer(void) { return 42; }\n"


class Finding(Struct, frozen=True):
    """One line of the report. `advice` says how to install what is missing."""

    ok: bool
    subject: str
    detail: str
    advice: str = ""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser("doctor", help="show toolchains, try them, print what is missing",
                                 description=_DESCRIPTION, allow_abbrev=False)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the state of the machine."""
    print(f"ltogen {__version__}, Python {platform.python_version()}, {platform.platform()}")
    able = False
    for finding in _findings():
        mark = "ok     " if finding.ok else "missing"
        print(f"{mark}  {finding.subject:<22} {finding.detail}")
        if finding.advice:
            print(f"{'':9}{'':<22} -> {finding.advice}")
        able = able or (finding.ok and finding.subject.endswith(": C"))
    return 0 if able else 1


def _findings() -> Iterator[Finding]:
    yield from _ninja()
    yield from _shell_tools()
    yield _linker()
    for kind in ("system", "embedded"):
        yield from _toolchain(kind)


def _ninja() -> Iterator[Finding]:
    try:
        pinned = ninja_binary.pinned(None)
    except UserError as error:
        yield Finding(False, "ninja", str(error), "pip install ninja")
        return
    yield Finding(True, "ninja", f"{pinned.version}  {pinned.path}")
    on_path = shutil.which("ninja")
    if on_path and Path(on_path).resolve() != Path(pinned.path).resolve():
        version = ninja_binary.version_of(on_path)
        advice = f"keep one build directory to one of them: ltogen configure --ninja {on_path}"
        yield Finding(True, "ninja on PATH", f"{version}  {on_path}",
                      "" if version == pinned.version else advice)


def _shell_tools() -> Iterator[Finding]:
    packages = {"sh": "dash", "cmp": "diffutils", "sed": "sed", "mv": "coreutils"}
    for tool, package in packages.items():
        path = shutil.which(tool)
        if path is None:
            yield Finding(False, tool, "not on PATH", _install(package))


def _linker() -> Finding:
    """clang looks for the linker of -fuse-ld=ltogen on PATH."""
    found = shutil.which(_LINKER)
    if found:
        return Finding(True, _LINKER, found)
    beside = Path(sys.argv[0]).absolute().parent / _LINKER
    advice = f"put {beside.parent} on PATH" if beside.exists() else "install ltogen again with pip"
    return Finding(False, _LINKER, "not on PATH; clang -fuse-ld=ltogen needs it", advice)


def _toolchain(kind: str) -> Iterator[Finding]:
    try:
        toolchain = choose(Request(kind=kind), Path("/dev/null"))
    except UserError as error:
        advice = INSTALL if kind == "embedded" else _install("clang", "lld")
        yield Finding(False, kind, str(error), advice)
        return
    yield Finding(True, kind, f"clang {toolchain.version}, {toolchain.target}  {toolchain.cc[0]}")
    yield _trial(kind, "c")
    if kind == "system":
        yield Finding(True, "system: other builds", variables_for_clang())
        yield _trial(kind, "cc")
        yield from _extras(toolchain)
    else:
        yield Finding(True, f"{kind}: C++", "its library is built at first use, about a minute")
        yield Finding(True, f"{kind}: other targets", "any of zig's, such as aarch64-linux-gnu")


def _extras(toolchain: Toolchain) -> Iterator[Finding]:
    if toolchain.ar:
        yield Finding(True, "system: archives", toolchain.ar[0])
    else:
        yield Finding(False, "system: archives", "no ar", _install(f"llvm-{toolchain.major}"))
    runtime = _runtime_library(toolchain)
    missing = _install(f"libclang-rt-{toolchain.major}-dev")
    yield Finding(runtime is not None, "system: sanitizers", runtime or "no runtime libraries",
                  "" if runtime else missing)


def _runtime_library(toolchain: Toolchain) -> str | None:
    """Path of the address sanitizer's runtime; the other runtimes are in the same package.

    It is what the driver would link: a package may hold those of other machines too.
    """
    command = [*toolchain.link_cc, "-fsanitize=address", "-x", "c", "/dev/null", "-o", "/dev/null"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    words = re.findall(r'"((?:[^"\\]|\\.)*libclang_rt\.asan[^"]*\.(?:a|so))"', done.stderr)
    return words[-1] if words and all(Path(word).is_file() for word in words) else None


def _trial(kind: str, extension: str) -> Finding:
    """Build and run a program of two modules, as a project is built."""
    subject = f"{kind}: {'C++' if extension == 'cc' else 'C'}"
    with tempfile.TemporaryDirectory(prefix="ltogen-doctor-") as folder:
        problem = _build_trial(Path(folder), kind, extension)
    if problem is None:
        return Finding(True, subject, "compiled, thin-linked, linked and run")
    advice = _install("g++" if extension == "cc" else "libc6-dev")
    return Finding(False, subject, problem, advice if kind == "system" else "")


def _build_trial(root: Path, kind: str, extension: str) -> str | None:
    """The error in one line, or None."""
    head, use = (_TRIAL_CXX, 'std::string word("x");') if extension == "cc" else ("", "")
    (root / "ltogen.toml").write_text(_TRIAL_PROJECT.format(extension))
    (root / f"main.{extension}").write_text(head + _TRIAL_MAIN.format(use))
    (root / f"answer.{extension}").write_text(_TRIAL_ANSWER)
    commands = (
        [sys.executable, "-P", "-m", "ltogen", "configure", "--toolchain", kind],
        [ninja_binary.pinned(None).path],
        [str(root / "out/trial")],
    )
    for command in commands:
        done = subprocess.run(command, cwd=root, capture_output=True, text=True, errors="replace",
                              check=False)
        if done.returncode != 0:
            return _cause(done.stdout + done.stderr)
    return None


def _cause(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    return (errors or lines or ["failed without a message"])[0]


def _install(*packages: str) -> str:
    """The command by which this machine's distribution installs `packages`."""
    managers = (("apt-get", "apt-get install"), ("dnf", "dnf install"), ("pacman", "pacman -S"),
                ("apk", "apk add"), ("zypper", "zypper install"))
    for program, command in managers:
        if shutil.which(program):
            return f"{command} {' '.join(packages)}"
    return f"install {' and '.join(packages)}"
