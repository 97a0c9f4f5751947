"""The clang and lld that the machine has installed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from ltogen.base import processes
from ltogen.base.errors import KilledError, UserError
from ltogen.model.toolchain import Toolchain
from ltogen.toolchain.fingerprint import fingerprint, inputs_of

# The three-part --thinlto-prefix-replace, which names native objects, came with LLVM 17.
OLDEST_MAJOR = 17

_CLANG_NAME = re.compile(r"clang(?:-(\d+))?\Z")


class Clang(Struct, frozen=True):
    """One clang driver, as its own output describes it."""

    path: str
    version: str
    target: str
    pie: bool

    @property
    def major(self) -> int:
        """LLVM's major version."""
        return int(self.version.split(".")[0])


class Choice(Struct, frozen=True):
    """The tools that a user named; ltogen chooses for None."""

    cc: str | None
    cxx: str | None
    ld: str | None
    ar: str | None
    target: str | None


def clangs_on_path() -> list[str]:
    """Every `clang` and `clang-N` on PATH, the newest name first; plain `clang` leads."""
    found: dict[str, int] = {}
    for folder in os.get_exec_path():
        for name, path in _executables(folder):
            match = _CLANG_NAME.match(name)
            if match:
                found.setdefault(path, int(match.group(1) or 10**6))
    return sorted(found, key=lambda path: -found[path])


def variables_for_clang() -> str:
    """What a shell sets for another build to be by clang, as the programs here are named."""
    for path in clangs_on_path():
        name = os.path.basename(path)  # noqa: PTH119
        cxx = name.replace("clang", "clang++", 1)
        return f"CC={name} CXX={cxx if shutil.which(cxx) else name}"
    return "CC=clang CXX=clang++"


def describe(cc: str, target: str | None = None) -> Clang:
    """Run the compiler `cc` to describe it.

    Raises UserError if it is not clang, is too old, or does not run.
    """
    targets = [f"--target={target}"] if target else []
    # -### alone does not check the target.
    mode = ["-v", "-fsyntax-only"] if target else ["-###"]
    text = _output([cc, *targets, *mode, "-x", "c", "-c", "/dev/null", "-o", "/dev/null"])
    version = re.search(r"clang version (\d+\.\d+\.\d+)", text)
    triple = re.search(r"^Target: (\S+)", text, re.MULTILINE)
    if version is None or triple is None:
        raise UserError(f"{cc}: not clang; ltogen needs clang {OLDEST_MAJOR} or newer")
    clang = Clang(cc, version.group(1), triple.group(1), "-pic-is-pie" in text)
    if "error: unknown target" in text:
        raise UserError(f"--target {target}: {cc} does not know it; name a triple that it does")
    if clang.major < OLDEST_MAJOR:
        raise UserError(
            f"{cc}: clang {clang.version} is too old; ltogen needs {OLDEST_MAJOR} or newer"
        )
    return clang


def lld_version(ld: str) -> str | None:
    """The version of the lld at `ld`, or None if it is some other linker."""
    match = re.search(r"LLD (\d+\.\d+\.\d+)", _output([ld, "--version"]))
    return match.group(1) if match else None


def system(choice: Choice) -> Toolchain:
    """The toolchain that `choice` names, or the newest complete one.

    Raises UserError when a named tool is missing or the majors of clang and lld differ.
    """
    if choice.cc is None and choice.cxx is not None:
        choice = _c_beside(choice, choice.cxx)
    if choice.cc is not None:
        return _assemble(describe(_which(choice.cc), choice.target), choice)
    return _newest(choice)


def _newest(choice: Choice) -> Toolchain:
    reasons: list[str] = []
    found: list[tuple[tuple[int, ...], Toolchain]] = []
    for path in clangs_on_path():
        try:
            whole = _assemble(describe(path, choice.target), choice)
        except KilledError:
            raise
        except UserError as error:
            reasons.append(str(error))
            continue
        found.append((tuple(map(int, whole.version.split("."))), whole))
        if path.rpartition("-")[2].isdigit():
            break  # names with a version come newest first
    if not found:
        raise UserError(
            reasons[0] if reasons else "no clang on PATH; install clang and lld of one version"
        )
    return max(found, key=lambda pair: pair[0])[1]


def _assemble(clang: Clang, choice: Choice) -> Toolchain:
    cxx = _which(choice.cxx) if choice.cxx else _cxx_of(clang)
    ar = _archiver(clang, choice.ar)
    ld = _linker(clang, choice.ld)
    targets = (f"--target={choice.target}",) if choice.target else ()
    inputs = inputs_of(tool for tool in (clang.path, cxx, ld, ar) if tool)
    return Toolchain(
        kind="system",
        version=clang.version,
        target=clang.target,
        cc=(clang.path, *targets),
        cxx=(cxx, *targets),
        backend=(clang.path, *targets),
        ld=(ld,),
        ar=(ar,) if ar else (),
        link_cc=(clang.path, *targets, "-###", f"--ld-path={ld}"),
        link_cxx=(cxx, *targets, "-###", f"--ld-path={ld}"),
        link_runs=False,
        pie=clang.pie,
        inputs=inputs,
        fingerprint=fingerprint(inputs),
    )


def _linker(clang: Clang, named: str | None) -> str:
    beside = Path(clang.path).resolve().parent / "ld.lld"
    if named is None and f"/llvm-{clang.major}/" in str(beside) and beside.exists():
        return str(beside)  # a folder of one LLVM's own: no need to ask for the version
    on_path = (shutil.which(name) for name in (f"ld.lld-{clang.major}", "ld.lld"))
    found = [path for path in (str(beside), *on_path) if path and Path(path).exists()]
    candidates = [_which(named)] if named is not None else found
    versions = {path: lld_version(path) for path in candidates}
    for path, version in versions.items():
        if version and int(version.split(".")[0]) == clang.major:
            return path
    raise UserError(_no_linker(clang, versions))


def _no_linker(clang: Clang, versions: dict[str, str | None]) -> str:
    advice = f"install lld-{clang.major} or name one of the same major with --ld"
    for path, version in versions.items():
        what = f"lld {version}" if version else "not lld"
        return f"{path} is {what}, but {clang.path} is clang {clang.version}; {advice}"
    return f"{clang.path}: no lld of LLVM {clang.major} beside it or on PATH; {advice}"


def _archiver(clang: Clang, named: str | None) -> str | None:
    if named is not None:
        return _which(named)
    beside = Path(clang.path).resolve().parent / "llvm-ar"
    if beside.exists():
        return str(beside)
    return next(filter(None, map(shutil.which, (f"llvm-ar-{clang.major}", "llvm-ar", "ar"))), None)


def _cxx_of(clang: Clang) -> str:
    """The C++ driver that goes with a C driver: `clang-22` has `clang++-22`."""
    path = Path(clang.path)
    name = path.name.replace("clang", "clang++", 1)
    candidates = (path.with_name(name), path.resolve().with_name("clang++"))
    # Without one, clang itself compiles C++ by the file's extension.
    return next((str(found) for found in candidates if found.exists()), clang.path)


def _c_beside(choice: Choice, cxx: str) -> Choice:
    cc = Path(_which(cxx))
    cc = cc.with_name(cc.name.replace("clang++", "clang", 1))
    return Choice(str(cc), cxx, choice.ld, choice.ar, choice.target)


def _which(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise UserError(f"{name}: no such program on PATH; install it or name another one")
    return str(Path(path).absolute())


def _executables(folder: str) -> Iterator[tuple[str, str]]:
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.name.startswith("clang")]
    except OSError:
        return
    for name in names:
        path = f"{folder}/{name}"
        if os.access(path, os.X_OK):
            yield name, path


def _output(command: list[str]) -> str:
    try:
        status, output, errors = processes.run(command, LC_ALL="C")
    except OSError as error:
        raise UserError(f"{shlex.join(command[:1])}: cannot run: {error.strerror}") from error
    check_alive(command[0], status)
    return (output + errors).decode(errors="replace")


def check_alive(program: str, status: int) -> None:
    """Raise KilledError if somebody killed the program; a crash is the program's own answer."""
    if status - processes.KILLED in (signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM):
        raise KilledError(f"{program}: was killed by signal {status - processes.KILLED} when it "
                          "was asked what it is; configure again")
