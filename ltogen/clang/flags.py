"""The one table that says which phase sees which compiler flag, and why.

Every flag of a source reaches its `optimize` action. A backend starts from bitcode, so it must get
the flags that steer code generation and must not get those that only the front end reads. The
link driver must get those that choose libraries, start files or the target.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct


class FlagFamily(Struct, frozen=True):
    """Flags that behave alike. `pattern` matches a whole flag, without a separate value."""

    pattern: str
    backend: bool
    link: bool
    why: str
    non_lto: bool = False  # a backend without a thin link sees it
    whole: bool = False  # the optimiser looks a function up by its name and file


_Wanted = Callable[[FlagFamily], bool]

# The first family that matches decides; a flag of no family is the front end's alone.
FAMILIES = (
    FlagFamily(r"--?target(=.*)?|-m(32|64|x32|16)", True, True, "chooses ABI, start files, code"),
    FlagFamily(r"--sysroot(=.*)?|-isysroot", False, True, "where libraries and start files lie"),
    FlagFamily(r"-mllvm", True, True, "options of LLVM itself, most of them for code generation"),
    FlagFamily(r"-m(no-)?(omit-leaf-frame-pointer|stackrealign)", False, False, "in the bitcode"),
    FlagFamily(r"-m.+", True, True, "instruction set, ABI and code model"),
    FlagFamily(r"-f(no-)?sanitize(-recover|-trap)?=cfi\b.*|-f(no-)?sanitize-cfi-.*", False, True,
               "type tests are in the bitcode, and lowered by the index"),
    FlagFamily(r"-f(no-)?sanitize.*", True, True, "runtime libraries; instrumentation is done"),
    FlagFamily(r"-f(no-)?(cs-)?profile-.*|-fcoverage-.*|--coverage", True, True, "profile runtime",
               whole=True),
    FlagFamily(r"-ftest-coverage", False, False, "instrumentation is in the bitcode", whole=True),
    FlagFamily(r"-fauto-profile=.*|-f(no-)?pseudo-probe-.*", True, False, "read again by backends",
               whole=True),
    FlagFamily(r"-f(no-)?memory-profile.*", True, True, "profile runtime", whole=True),
    FlagFamily(r"-g(no-)?split-dwarf(=.*)?|-gz(=.*)?|-g(no-)?pubnames|-ggnu-pubnames", True, False,
               "the object writer's form of debug information"),
    FlagFamily(r"-f(no-)?debug-types-section", True, False, "type units are made by codegen"),
    FlagFamily(r"-g.*", False, False, "debug information is in the bitcode"),
    FlagFamily(r"-f(no-)?(unique|basic-block|split)-.*(section|function)s?.*", True, False,
               "sections are named by codegen"),
    FlagFamily(r"-f(no-)?(function|data)-sections", False, False, "an LTO backend always has both",
               non_lto=True),
    FlagFamily(r"-ffp-contract=.*|-f(no-)?integrated-as", True, False, "codegen option"),
    FlagFamily(r"-f(no-)?(emulated-tls|stack-size-section|addrsig|merge-all-constants)", True,
               False, "codegen option, not in the bitcode"),
    FlagFamily(r"-f(no-)?(vectorize|slp-vectorize|tree-vectorize|tree-slp-vectorize|unroll-loops)",
               True, False, "the loop passes run in the backend"),
    FlagFamily(r"-f(no-)?interleave-loops", True, False, "the loop passes run in the backend"),
    FlagFamily(r"-fveclib=.*", True, False, "known to the vectoriser only"),
    FlagFamily(r"-f(no-)?save-optimization-record.*|-foptimization-record-.*|-Rpass.*", True, False,
               "remarks come from the backend too"),
    FlagFamily(r"-fstack-usage|-fproc-stat-report.*", True, False, "reported by codegen"),
    FlagFamily(r"-Wa,.*|-Xassembler", True, False, "the backend runs the assembler"),
    FlagFamily(r"-pthread|-stdlib=.*|--?rtlib=.*|--?unwindlib=.*|-fopenmp.*", False, True,
               "chooses libraries"),
    FlagFamily(r"-nostdlib|-nostdlib\+\+|-nodefaultlibs|-nolibc|-nostartfiles", False, True,
               "chooses libraries"),
)

# Flags whose value is the next argument.
_SEPARATE_VALUE = frozenset((
    "-mllvm", "-target", "-isysroot", "--sysroot", "-Xassembler", "-Xclang", "-Xpreprocessor",
    "-include", "-include-pch", "-imacros", "-isystem", "-isystem-after", "-cxx-isystem",
    "-idirafter", "-iquote", "-iprefix", "-iwithprefix", "-iwithprefixbefore", "-ivfsoverlay",
    "-I", "-D", "-U", "-F", "-B", "-x", "-Xlinker", "-arch", "-o", "-MF", "-MT", "-MQ", "-MJ",
    "-L", "-l", "-T", "-u", "-z", "-e", "-rpath", "-G", "--param", "-gcc-toolchain",
    "-resource-dir", "-dumpdir", "-working-directory", "-serialize-diagnostics",
    "--serialize-diagnostics", "-mthread-model", "-Xopenmp-target", "-Xanalyzer", "-A",
))

_DEPENDENCY_FLAGS = frozenset(("-MD", "-MMD", "-MP", "-MG", "-MV", "-MF", "-MT", "-MQ"))

# What a driver that links names nothing for. Of a flag that is not known here it may.
_NO_NAMES = re.compile(
    r"-[OWDUILlBs].*|-m.*|-std=.*|-stdlib=.*|--?(rtlib|unwindlib|target|sysroot)\b.*|-isysroot"
    r"|-g\d?|-(no-?)?pie|-static(-.*)?|-shared|-rdynamic|-pthread|-no.*lib.*|-nostartfiles|-X.*"
    r"|--ld-path=.*|-f(?!.*(save|record|trace|usage|stat|crash|dump|profile|cover|auxiliary)).*")

_READS = re.compile(
    r"-f(?:profile-use|profile-instr-use|profile-instrument-use-path|profile-sample-use"
    r"|auto-profile|memory-profile-use|profile-remapping-file|basic-block-sections=list"
    r"|pass-plugin|plugin)=(.+)")

# lld's code generator knows the levels 0 to 3: size is an attribute of each function, so a
# backend for -Os or -Oz runs at -O2, as the linker itself would.
_BACKEND_LEVEL = {"s": "2", "z": "2"}


class SideOutput(Struct, frozen=True):
    """A file that clang writes beside its output, named after it, when a flag asks for it."""

    on: str
    off: str
    suffix: str
    front_end: bool  # written where source is read
    code_generator: bool  # written where an object is made


SIDE_OUTPUTS = (
    SideOutput(r"-gsplit-dwarf(=split)?", r"-gno-split-dwarf|-gsplit-dwarf=single", ".dwo",
               False, True),
    SideOutput(r"-fsave-optimization-record(=yaml)?", r"-fno-save-optimization-record",
               ".opt.yaml", True, True),
    SideOutput(r"-fsave-optimization-record=bitstream", r"-fno-save-optimization-record",
               ".opt.bitstream", True, True),
    SideOutput(r"-fstack-usage", r"-fno-stack-usage", ".su", False, True),
    SideOutput(r"--?coverage|-ftest-coverage", r"-fno-test-coverage", ".gcno", True, False),
    SideOutput(r"-ftime-trace(=.*|-.*)?", r"-fno-time-trace", ".json", True, False),
)


@functools.cache
def side_outputs(arguments: tuple[str, ...], *, front_end: bool,
                 code_generator: bool) -> tuple[str, ...]:
    """Suffixes of the files that a command with these arguments writes beside its output."""
    return tuple(
        side.suffix for side in SIDE_OUTPUTS
        if ((front_end and side.front_end) or (code_generator and side.code_generator))
        and _is_on(side, arguments)
    )


def _is_on(side: SideOutput, arguments: Sequence[str]) -> bool:
    on = False
    for argument in arguments:
        if re.fullmatch(side.on, argument):
            on = True
        elif re.fullmatch(side.off, argument):
            on = False
    return on


def backend_level(optimize: str) -> str:
    """The `-O` level lld's own code generator would use for a module compiled at `optimize`."""
    return _BACKEND_LEVEL.get(optimize, optimize)


def for_backend(arguments: Sequence[str]) -> tuple[str, ...]:
    """The compile arguments that a backend must repeat."""
    return (*_select(arguments, lambda family: family.backend), *_triple(arguments))


def for_plain_backend(arguments: Sequence[str]) -> tuple[str, ...]:
    """The compile arguments that a backend without a thin link must repeat."""
    return _select(arguments, lambda family: family.backend or family.non_lto)


def for_link(arguments: Sequence[str]) -> tuple[str, ...]:
    """The compile arguments that the link driver must see."""
    return _select(arguments, lambda family: family.link)


def without_target(arguments: Iterable[str]) -> tuple[str, ...]:
    """The arguments but for those that choose a target or a processor."""
    return tuple(word for group in groups(arguments) for word in group
                 if not re.match(r"--?target\b|-m(cpu|arch|tune)=", group[0]))


def relocation_model(arguments: Iterable[str], default: str) -> str:
    """The last flag that says how a compile addresses its data, else `default`."""
    model = default
    for flag, *_ in groups(arguments):
        if re.fullmatch(r"-f(no-)?(pic|PIC|pie|PIE)", flag):
            model = flag
    return model


def files_read(arguments: Iterable[str], folder: str = "") -> tuple[str, ...]:
    """Files that a compile in `folder` reads and leaves out of its depfile: profiles, plugins."""
    found: dict[str, None] = {}
    for flag, *_ in groups(arguments):
        match = _READS.fullmatch(flag)
        if match:
            path = match.group(1)
            if flag.startswith("-fprofile-use=") and os.path.isdir(os.path.join(folder, path)):
                # Given a folder, clang looks for a file of this name in it.
                path = f"{path.rstrip('/')}/default.profdata"
            found[path] = None
    return tuple(found)


def position_independent(link_arguments: Iterable[str], default: bool) -> bool:
    """Whether an executable linked so is position independent; the last flag wins."""
    pic = default
    for argument in link_arguments:
        if argument in ("-no-pie", "-nopie", "-static"):
            pic = False
        elif argument in ("-pie", "-static-pie"):
            pic = True
    return pic


def optimization_level(arguments: Sequence[str], default: str) -> str:
    """The level of the last `-O` flag in `arguments`, else `default`."""
    level = default
    for argument, *_ in groups(arguments):
        if argument.startswith("-O"):
            level = {"": "1", "fast": "3", "g": "1", "4": "3"}.get(argument[2:], argument[2:])
    return level


def lto_mode(arguments: Iterable[str]) -> str:
    """`thin`, `full` or `off` as the last flag says; empty if none does."""
    mode = ""
    for flag, *_ in groups(arguments):
        if flag == "-fno-lto":
            mode = "off"
        elif flag == "-flto" or flag.startswith("-flto="):
            mode = "thin" if flag == "-flto=thin" else "full"
    return mode


def splits_lto_unit(arguments: Sequence[str]) -> bool:
    """Whether a ThinLTO compile makes a part for regular LTO, as CFI and devirtualisation ask."""
    split = any(re.match(r"-fsanitize=(.*,)?cfi|-fwhole-program-vtables", word)
                for word in arguments)
    for word in arguments:
        if re.fullmatch(r"-f(no-)?split-lto-unit", word):
            split = word == "-fsplit-lto-unit"
    return split


def whole_for(arguments: Sequence[str]) -> str:
    """The flag for which a source cannot be cut into codegen units; empty if there is none.

    Profiles know functions by name and file; what CFI and whole-program vtables need of a source is
    in a part of its module that stands for all of it.
    """
    if splits_lto_unit(arguments):
        return next(word for word in reversed(arguments) if splits_lto_unit([word]))
    return next((word for word in arguments
                 if (found := family(word)) is not None and found.whole), "")


def may_name_after_output(arguments: Iterable[str]) -> bool:
    """Whether a driver may tell the linker of files or folders that it names after its output."""
    return not all(_NO_NAMES.fullmatch(flag) for flag, *_ in groups(arguments))


def names_output(flag: str) -> bool:
    """Whether a flag is about the output or the depfile, which ltogen's own commands name."""
    return flag in _DEPENDENCY_FLAGS or flag.startswith((
        "-o", "-Wp,-MD,", "-Wp,-MMD,", "-Wp,-MF", "-Wp,-MT", "-MF", "-MT", "-MQ"))


def _triple(arguments: Sequence[str]) -> tuple[str, ...]:
    """The words that give a compile another triple than its driver has, if there are any."""
    found: tuple[str, ...] = ()
    for first, second in itertools.pairwise(groups(arguments)):
        if first == ("-Xclang", "-triple") and second[0] == "-Xclang":
            found = (*first, *second)
    return found


def _select(arguments: Sequence[str], wanted: _Wanted) -> tuple[str, ...]:
    return tuple(
        word for group in groups(arguments) for word in group if _decide(group[0], wanted)
    )


def groups(arguments: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The arguments, each flag together with its separate value."""
    words = iter(arguments)
    for word in words:
        value = next(words, None) if word in _SEPARATE_VALUE else None
        yield (word,) if value is None else (word, value)


def _decide(flag: str, wanted: _Wanted) -> bool:
    found = family(flag)
    return found is not None and wanted(found)


@functools.cache
def family(flag: str) -> FlagFamily | None:
    """The family of a flag; None for one that is the front end's alone."""
    return next((one for one in FAMILIES if re.fullmatch(one.pattern, flag)), None)
