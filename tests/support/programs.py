"""Random C programs: what they are made of, and how one is drawn.

Functions and variables are named by number, so that they stay the same through every edit. Where
code needs another function, it names several and takes the first that it can reach: a deleted
file, or a function made static, changes its users instead of breaking them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from hypothesis import strategies as st

FUNCTIONS = 3  # numbers that each module has for its functions
VARIABLES = 2  # and for its variables


class Home(StrEnum):
    """The target that a module belongs to; a target exists while it has modules."""

    APP = "app"
    UTIL = "util"  # static library
    PLUG = "plug"  # shared library
    TOOL = "tool"  # second executable


MAIN = (Home.APP, Home.TOOL)


class Linkage(Enum):
    """Who sees a function."""

    EXTERN = "extern"
    STATIC = "static"
    WEAK = "weak"


class Shape(Enum):
    """Kinds of variable."""

    MUTABLE = "mutable"
    CONSTANT = "constant"
    HIDDEN = "hidden"
    ARRAY = "array"
    POINTER = "pointer"
    FIXED_POINTER = "fixed pointer"


class Does(Enum):
    """Kinds of statement."""

    MIX = "mix"
    CALL = "call"
    READ = "read"
    WRITE = "write"
    TABLE = "table of functions"
    PASS = "pass a function on"
    INLINE = "function of a header"
    HOOK = "weak reference"
    TUNE = "define of the target"
    LOOP = "loop"
    BRANCH = "branch"


@dataclass(frozen=True)
class Step:
    """One statement; `targets` are functions or variables, in order of preference."""

    does: Does
    value: int
    targets: tuple[int, ...] = ()


@dataclass(frozen=True)
class Function:
    """`unsigned name(unsigned d, unsigned x)`; a wide one has a third parameter."""

    number: int
    name: str
    linkage: Linkage
    wide: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Variable:
    """A global; a pointer takes the address of the first of `targets` that is within reach."""

    number: int
    shape: Shape
    value: int
    targets: tuple[int, ...] = ()


@dataclass(frozen=True)
class Override:
    """A strong definition of the first of `targets` that is a weak function of another module."""

    targets: tuple[int, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Module:
    """A source file and its header."""

    number: int
    home: Home
    file: str
    factor: int  # constant in the header's inline function
    functions: tuple[Function, ...]
    variables: tuple[Variable, ...] = ()
    overrides: tuple[Override, ...] = ()
    starts: int = 0  # not zero: has a constructor, by priority if odd
    note: int = 0  # comment in the source
    header_note: int = 0


@dataclass(frozen=True)
class Options:
    """What the project file says about a target."""

    home: Home
    optimize: str = "2"
    tune: int = 0
    inline: bool = True
    lto: bool = True


@dataclass(frozen=True)
class Program:
    """A whole project."""

    modules: tuple[Module, ...]
    options: tuple[Options, ...]
    roots: tuple[tuple[int, ...], ...]  # functions that each main calls
    watched: tuple[int, ...]  # variables that each main prints
    plug_takes_util: bool  # the static library ends in the shared one, not in the program
    archive: bool = False  # the static library is a product of its own
    common: int = 1  # constant in the header that all others include

    def option(self, home: Home) -> Options:
        """The options of one target."""
        return next(options for options in self.options if options.home is home)

    def homes(self) -> tuple[Home, ...]:
        """The targets that exist."""
        used = {module.home for module in self.modules} | {Home.APP}
        return tuple(home for home in Home if home in used)

    def depends(self, home: Home) -> tuple[Home, ...]:
        """The libraries that a target links."""
        wanted = {
            Home.APP: (Home.PLUG,) if self.plug_takes_util else (Home.PLUG, Home.UTIL),
            Home.PLUG: (Home.UTIL,) if self.plug_takes_util else (),
            Home.TOOL: (Home.UTIL,),
            Home.UTIL: (),
        }[home]
        return tuple(other for other in wanted if other in self.homes())

    def visible(self, home: Home) -> tuple[Module, ...]:
        """The modules whose code a module of `home` can name."""
        reach = (home, *self.depends(home))
        return tuple(module for module in self.modules if module.home in reach)


def new_module(number: int, home: Home, steps: tuple[tuple[Step, ...], ...], value: int) -> Module:
    """A module of plain functions, one for each element of `steps`."""
    functions = tuple(
        Function(number * FUNCTIONS + index, f"f{number * FUNCTIONS + index}", Linkage.EXTERN,
                 False, body) for index, body in enumerate(steps))
    return Module(number, home, f"m{number}", value, functions)


# The simplest first, and what connects modules more often than what does not.
_DOES = (Does.MIX, Does.CALL, Does.READ, Does.WRITE, Does.PASS, Does.TABLE, Does.CALL, Does.READ,
         *Does)
_SHAPES = (Shape.MUTABLE, Shape.POINTER, *Shape)
_HOMES = (Home.APP, Home.UTIL, Home.PLUG, Home.APP, Home.UTIL, Home.TOOL)
_LINKAGES = (Linkage.EXTERN, Linkage.STATIC, Linkage.WEAK, Linkage.EXTERN)


def _targets(limit: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Numbers below `limit`; enough of them that one is likely to be within reach."""
    return st.lists(st.integers(0, limit - 1), min_size=2, max_size=6).map(tuple)


def steps(modules: int) -> st.SearchStrategy[Step]:
    """A statement of a program of so many modules."""
    return st.builds(Step, st.sampled_from(_DOES), st.integers(1, 999),
                     _targets(modules * FUNCTIONS))


def bodies(modules: int) -> st.SearchStrategy[tuple[Step, ...]]:
    """The statements of one function."""
    return st.lists(steps(modules), min_size=1, max_size=6).map(tuple)


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """A program of up to 20 source files."""
    count = draw(st.integers(2, 18))
    roots = st.lists(_targets(count * FUNCTIONS), min_size=3, max_size=8)
    return Program(
        modules=tuple(draw(_module(number, count)) for number in range(count)),
        options=tuple(draw(_options(home)) for home in Home),
        roots=tuple(draw(roots)),
        watched=draw(_targets(count * VARIABLES)),
        plug_takes_util=draw(st.booleans()),
        archive=draw(st.booleans()),
    )


@st.composite
def _module(draw: st.DrawFn, number: int, count: int) -> Module:
    functions = range(draw(st.integers(1, FUNCTIONS)))
    variables = range(draw(st.integers(0, VARIABLES)))
    overrides = st.builds(Override, _targets(count * FUNCTIONS), bodies(count))
    return Module(
        number=number,
        home=draw(st.sampled_from(_HOMES)),
        file=f"m{number}",
        factor=draw(st.integers(1, 999)),
        functions=tuple(draw(_function(number * FUNCTIONS + index, count)) for index in functions),
        variables=tuple(draw(_variable(number * VARIABLES + index, count)) for index in variables),
        overrides=tuple(draw(st.lists(overrides, max_size=1))),
        starts=draw(st.integers(0, 5)),
    )


@st.composite
def _function(draw: st.DrawFn, number: int, count: int) -> Function:
    linkage = draw(st.sampled_from(_LINKAGES))
    # Some static functions have the same name in several modules.
    shared = linkage is Linkage.STATIC and draw(st.booleans())
    name = f"local{number % FUNCTIONS}" if shared else f"f{number}"
    return Function(number, name, linkage, draw(st.integers(0, 4)) == 4, draw(bodies(count)))


def _variable(number: int, count: int) -> st.SearchStrategy[Variable]:
    return st.builds(Variable, st.just(number), st.sampled_from(_SHAPES), st.integers(1, 999),
                     _targets(count * VARIABLES))


def _options(home: Home) -> st.SearchStrategy[Options]:
    return st.builds(Options, st.just(home), st.sampled_from(("2", "0", "1", "3", "s", "z")),
                     st.integers(0, 2), st.booleans().map(lambda out: not out),
                     st.integers(0, 9).map(lambda off: off != 9))
