"""Programs of an exporter and an importer: pieces of C and C++ that a thin link imports.

Each piece has variants of what the exporter says, which differ in one thing; the importer's text is
the same for all of them. What is imported is small, so that it is imported.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st


@dataclass(frozen=True)
class Piece:
    """A part of an exporter, in variants, and how an importer uses it."""

    variants: tuple[str, ...]
    declared: str  # what the importer must know
    used: str  # an int, given the int `x`
    plus: bool = False  # C++


def _c(declared: str, used: str, *variants: str) -> Piece:
    return Piece(variants, declared, used)


def _plus(declared: str, used: str, *variants: str) -> Piece:
    return Piece(variants, declared, used, plus=True)


PIECES = {
    "plain": _c("int plain(int);", "plain(x)",
                "int plain(int x) { return x * 3 + 1; }",
                "int plain(int x) { return x * 3 + 2; }",
                "int plain(int x) { /* said */ return x * 3 + 1; }",
                "int plain(int x) {\n  return x * 3 + 1; }",
                "__attribute__((cold)) int plain(int x) { return x * 3 + 1; }",
                "__attribute__((noinline)) int plain(int x) { return x * 3 + 1; }",
                "__attribute__((aligned(64))) int plain(int x) { return x * 3 + 1; }",
                "__attribute__((section(\".text.far\"))) int plain(int x) { return x * 3 + 1; }",
                "__attribute__((visibility(\"hidden\"))) int plain(int x) { return x * 3 + 1; }",
                "__attribute__((target(\"sse4.2\"))) int plain(int x) { return x * 3 + 1; }",
                "__attribute__((weak)) int plain(int x) { return x * 3 + 1; }"),
    "helper": _c("int helped(int);", "helped(x)",
                 *(f"static {word} int helper(int x) {{ {body} }}\n"
                   "int helped(int x) { return helper(x) + helper(x + 1); }"
                   for word in ("", "__attribute__((noinline))", "__attribute__((noinline, cold))",
                                "__attribute__((noinline, pure))",
                                "__attribute__((noinline, aligned(32)))")
                   for body in ("return x / 7;", "return x / 9;",
                                "int y = 0; while (x > 0) { y += x; x /= 3; } return y;",
                                "int y = 0; while (x > 0) { y += x; x /= 4; } return y;"))),
    "counter": _c("int counted(int);", "counted(x)",
                  *(f"static {kind} counter {tail}; int counted(int x) "
                    "{ counter += x; return (int)counter; }"
                    for kind in ("int", "volatile int", "long", "__thread int")
                    for tail in ("", "= 5", "__attribute__((aligned(64)))",
                                 "__attribute__((section(\".data.far\")))"))),
    "table": _c("int looked(int);", "looked(x)",
                *(f"{word} int table[4] = {{{values}}};\nint looked(int x) {{ return "
                  f"table[x & 3]; }}"
                  for word in ("static const", "const", "", "static", "static const volatile")
                  for values in ("1, 2, 3, 4", "1, 2, 3, 5"))),
    "named": _c("const char *named(int);", "*named(x)",
                'const char *named(int x) { return x ? "one" : "two"; }',
                'const char *named(int x) { return x ? "one" : "thr"; }',
                'const char *named(int x) { return x ? "one@!7 #3" : "tw\\"o\\\\"; }',
                'static const char *const names[] = {"one", "two"};\n'
                'const char *named(int x) { return names[x & 1]; }',
                'static const char *const names[] = {"one", "tow"};\n'
                'const char *named(int x) { return names[x & 1]; }'),
    "aliased": _c("int aliased(int);", "aliased(x)",
                  *(f"int first(int x) {{ return x + {one}; }} int second(int x) {{ "
                    f"return x - 1; }}\n"
                    f"int aliased(int) __attribute__(({weak}alias(\"{target}\")));"
                    for one in (1, 2) for weak in ("", "weak, ")
                    for target in ("first", "second"))),
    "data": _c("extern int same[]; int there(int);", "there(x) + same[0]",
               *(f"int data[2] = {{{value}, 2}}; extern int same[2] "
                 f"__attribute__((alias(\"data\")));\n"
                 "int there(int x) { return same[x & 1]; }" for value in (1, 3))),
    "record": _c("struct record; int reads(const struct record *, int);", "reads(0, x)",
                 *(f"struct record {{ {fields} }};\n"
                   "int reads(const struct record *one, int x) { return one ? one->last : x; }"
                   for fields in ("int last;", "int first, last;", "char first; int last;",
                                  "short last;", "float pad; int last;"))),
    "copied": _c("int copied(int);", "copied(x)",
                 *(f"struct parts {{ {fields} }}; int passed(struct parts);\n"
                   "int copied(int x) { struct parts one = {0}; one.a = x; return passed(one); }"
                   for fields in ("int a; long b[4];", "int a; long b[5];", "long a; long b[4];"))),
    "asked": _c("int asks(int);", "asks(x)",
                *(f"int asked(int) {attribute};\nint asks(int x) {{ return asked(x) + "
                  f"asked(x + 1); }}"
                  for attribute in ("", "__attribute__((pure))", "__attribute__((const))",
                                    "__attribute__((cold))", "__attribute__((leaf))",
                                    "__attribute__((visibility(\"hidden\")))",
                                    "__attribute__((weak))"))),
    "shared": _c("extern int other, another; int shares(int);", "shares(x) + other + another",
                 *(f"extern {kind} int {names}; int shares(int x) {{ return other + x; }} {more}"
                   for kind in ("", "__attribute__((weak))") for names in
                   ("other, another", "another, other")
                   for more in ("", "int more(void) { return another; }"))),
    "assembled": _c("int assembled(int);", "assembled(x)",
                    *(f'int assembled(int x) {{ __asm__{how}("{text}" : "+r"(x)); return x; }}'
                      for how in ("", " volatile") for text in
                      ("nop", "# @helper !5 #1", "nop\\n\\tnop"))),
    "loop": _c("int looped(const int *, int);", "looped(0, x)",
               *("int looped(const int *p, int x) { int y = 0;\n" + pragma
                 + f"\nfor (int i = 0; i < x; i++) y {sign}= p[i]; return y; }}"
                 for pragma in ("", "#pragma clang loop unroll(disable)",
                                "#pragma clang loop vectorize(disable)") for sign in "+^")),
    "loops": _c("int looping(const int *, int);", "looping(0, x)",
                *("int looping(const int *p, int x) { int y = 0;\n" + one
                  + "\nfor (int i = 0; i < x; i++) y += p[i];\n" + other
                  + "\nfor (int i = 0; i < x; i++) y ^= p[i]; return y; }"
                  for one in ("", "#pragma clang loop unroll(disable)")
                  for other in ("", "#pragma clang loop unroll(disable)"))),
    "apart": _c("void apart(int *, int *);", "(apart(0, 0), x)",
                *(f"static inline void mix({one} p, {other} q) {{ *p = *q + 1; *q = *p; }}\n"
                  "void apart(int *p, int *q) { mix(p, q); mix(q, p + 1); }"
                  for one in ("int *__restrict", "int *")
                  for other in ("int *__restrict", "int *"))),
    "switched": _c("int switched(int);", "switched(x)",
                   *("int switched(int x) { switch (x) { case 0: return 5; case 1: return 9;"
                     f" case 2: return {value}; case 3: return 8; default: return 1; }} }}"
                     for value in (1, 2))),
    "expected": _c("int expected(int);", "expected(x)",
                   *(f"int asked(int); int expected(int x) {{ return "
                     f"__builtin_expect(x, {value}) ? "
                     "asked(x) : asked(x + 2); }" for value in (0, 1))),
    "jumps": _c("int jumps(int);", "jumps(x)",
                *("int jumps(int x) { static void *const to[] = {&&one, &&two}; goto *to[x & 1];\n"
                  f"one: return {value}; two: return 4; }}" for value in (1, 2))),
    "resolved": _c("int resolved(int);", "resolved(x)",
                   *(f"static int fast(int x) {{ return x + {value}; }}\n"
                     "void *resolve(void) { return (void *)fast; }\n"
                     f"{word} int picked(int) __attribute__((ifunc(\"resolve\")));\n"
                     "int resolved(int x) { return picked(x); }"
                     for value in (1, 2) for word in ("", "static"))),
    "module asm": _c("int beside(int);", "beside(x)",
                     *(f'__asm__(".globl made_{value}\\n.set made_{value}, {value}");\n'
                       "int beside(int x) { return x ^ 5; }" for value in (1, 2))),
    "versioned": _c("int versioned(int);", "versioned(x)",
                    *(f'__asm__(".symver asked, asked@@V{value}");\n'
                      "int asked(int); int versioned(int x) { return asked(x); }"
                      for value in (1, 2))),
    "unused": _c("", "x",
                 *(f"{word} int unused_{number}(int x) {{ {body} }}"
                   for word in ("", "static __attribute__((used))")
                   for number in (1, 2) for body in
                   ("return x;", "return x + 1;", "static int kept; return kept += x;",
                    'extern int printf(const char *, ...); return printf("%d unused", x);',
                    "int y = 0; for (int i = 0; i < x; i++) y += i * y; return y;",
                    "struct { int a[9]; char b; } one = {{x}, 1}; __asm__(\"\" : : \"r\"(&one)); "
                    "return one.b;"))),
    "started": _c("int started(int);", "started(x)",
                  *("static int begun; __attribute__((constructor)) static void begin(void) "
                    f"{{ begun = {value}; }}\nint started(int x) {{ return begun + x; }}"
                    for value in (1, 2))),
    "class": _plus("struct shape { virtual int area(int) const; virtual ~shape(); };\n"
                   "shape *made(int);", "made(x)->area(x)",
                   *("struct shape { virtual int area(int) const; virtual ~shape(); };\n"
                     f"int shape::area(int x) const {{ return x + {value}; }} "
                     f"shape::~shape() {{}}\n"
                     f"namespace {{ struct round : shape {{ int area(int x) const override "
                     f"{{ return x * {value}; }} }}; round one; }}\nshape *made(int) "
                     f"{{ return &one; }}"
                     for value in (1, 2))),
    "template": _plus("int instance(int);", "instance(x)",
                      *(f"template <class T> T sum(T one, T other) {{ return one {sign} other; }}\n"
                        f"int instance(int x) {{ return sum<{kind}>(x, 1); }}"
                        for sign in "+-" for kind in ("int", "short"))),
    "inline": _plus("int inlines(int);", "inlines(x)",
                    *(f"inline {word} int once(int x) {{ static int seen = {value}; "
                      f"return seen += x; }}"
                      "\nint inlines(int x) { return once(x); }"
                      for word in ("", "__attribute__((noinline))") for value in (0, 4))),
    "throws": _plus("int throws(int);", "throws(x)",
                    *("struct thing { int value; ~thing(); }; int asks_thing(int);\n"
                      "int throws(int x) { try { thing one{x}; return asks_thing(x); } "
                      f"catch ({what}) {{ return {value}; }} }}"
                      for what in ("int", "long", "...") for value in (1, 2))),
    "lambda": _plus("int lambdas(int);", "lambdas(x)",
                    *(f"{before}\nint lambdas(int x) {{ auto one = [x](int y) {{ "
                      f"return x {sign} y; }};"
                      " return one(3) + one(4); }" for sign in "+*" for before in
                      ("", "static int spare(int x) "
                           "{ auto two = [=] { return x; }; return two(); }\n"
                       "int spares(int x) { return spare(x); }"))),
    "using": _plus("int uses(int);", "uses(x)",
                   *("namespace far { inline int away(int x) { return x + 3; } }\n"
                     f"{outer}\nint uses(int x) {{ {inner} return far::away(x); }}"
                     for outer in ("", "using namespace far;", "using far::away;")
                     for inner in ("", "using namespace far;"))),
    "variable": _plus("int reads_variable(int);", "reads_variable(x)",
                      *(f"inline {word} int variable = {value};\n"
                        "int reads_variable(int x) { return variable + x; }"
                        for word in ("", "const", "constexpr", "thread_local")
                        for value in (3, 4))),
}

FLAGS = (
    (), (), (), ("-g",), ("-g", "-gdwarf-4"), ("-gline-tables-only", "-gdwarf-4"), ("-fPIC",),
    ("-Os",), ("-O1",), ("-fno-strict-aliasing",), ("-ffast-math",), ("-mavx2",),
    ("-fno-discard-value-names",), ("-fpseudo-probe-for-profiling",), ("-fno-builtin",),
    ("-ffunction-sections", "-fno-semantic-interposition"), ("-fstack-protector-strong",),
    ("-gdwarf-4", "-fdebug-info-for-profiling"), ("-gdwarf-4", "-fstandalone-debug"))


@dataclass(frozen=True)
class Exporter:
    """One version of the exporting module."""

    pieces: tuple[tuple[str, int], ...]  # in order, each with its variant
    flags: tuple[str, ...] = ()
    lines: int = 0  # empty ones at the top

    @property
    def plus(self) -> bool:
        """Whether it is C++."""
        return any(PIECES[name].plus for name, _ in self.pieces)

    def text(self) -> str:
        """Its source."""
        body = "\n".join(_shell(name, PIECES[name].variants[variant % len(PIECES[name].variants)],
                                self.plus) for name, variant in self.pieces)
        return "\n" * self.lines + body + "\n"


def importer(exporter: Exporter, used: frozenset[str]) -> str:
    """The source of a module that uses the pieces `used` of the exporter."""
    names = [name for name, _ in exporter.pieces if name in used]
    own = ("int own_first = 1, other = 2, another = 3, own_last = 4;\n"
           "int asked(int x) { return x + own_first + own_last; }\n")
    return "\n".join([_shell("plain", own, exporter.plus), *(
        f"{_shell(name, PIECES[name].declared, exporter.plus)}\n"
        f"int use_{place}(int x) {{ return {PIECES[name].used}; }}"
        for place, name in enumerate(names)), ""])


def _shell(name: str, text: str, plus: bool) -> str:
    return f'extern "C" {{\n{text}\n}}' if plus and not PIECES[name].plus else text


@st.composite
def exporters(draw: st.DrawFn) -> Exporter:
    """A first version."""
    plus = draw(st.booleans())
    names = draw(st.lists(st.sampled_from([
        name for name, piece in PIECES.items() if plus or not piece.plus]),
        min_size=2, max_size=7, unique=True))
    pieces = tuple((name, draw(st.integers(0, len(PIECES[name].variants) - 1))) for name in names)
    return Exporter(pieces, draw(st.sampled_from(FLAGS)))


@st.composite
def edited(draw: st.DrawFn, exporter: Exporter) -> Exporter:
    """Another version."""
    pieces = list(exporter.pieces)
    kind = draw(st.sampled_from(("variant", "variant", "variant", "unused", "unused", "lines",
                                 "order", "drop", "flags")))
    at = draw(st.integers(0, len(pieces) - 1))
    if kind == "variant":
        name, variant = pieces[at]
        pieces[at] = name, variant + draw(st.integers(1, len(PIECES[name].variants) - 1))
    elif kind == "unused":
        pieces = [one for one in pieces if one[0] != "unused"]
        pieces.insert(min(at, len(pieces)), ("unused", draw(st.integers(0, 60))))
    elif kind == "order":
        pieces.append(pieces.pop(at))
    elif kind == "drop":
        pieces.pop(at)
    elif kind == "flags":
        return replace(exporter, flags=draw(st.sampled_from(FLAGS)))
    else:
        return replace(exporter, lines=exporter.lines + 1)
    return replace(exporter, pieces=tuple(pieces) or exporter.pieces)
