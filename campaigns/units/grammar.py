"""A source such as a parser generator writes: `python -m campaigns.units.grammar > parser.c`.

Large tables, and a static function for each rule of a grammar that was drawn by lot: a switch over
the next token, gotos, calls of other rules. The program parses tokens that it draws itself and
prints a digest of all that it did, so that one call, table or order that is wrong changes it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from random import Random

_RULES, _TABLES, _REDUCTIONS = 600, 180, 60
_TOKENS, _STATES = 32, 64  # powers of two; token 0 is the end
_ROWS, _COLUMNS = 64, 64
_NEAR = 25  # rules call those that are written near them, and seldom others
_PRELUDE = f"""#include <stdio.h>
#include <stdlib.h>

struct parser {{
    unsigned position, count, state, errors;
    unsigned char *input;
    unsigned long long digest;
    unsigned stack[{_STATES}];
}};

static unsigned next(struct parser *p)
{{
    return p->position < p->count ? p->input[p->position++] : 0;
}}

static unsigned fold(struct parser *p, unsigned value, unsigned part)
{{
    p->digest = (p->digest ^ value) * 1099511628211ull + part;
    return value * 31 + part + (unsigned)(p->digest >> 40);
}}
"""
_MAIN = f"""
int main(int count, char **words)
{{
    struct parser p = {{0}};
    unsigned long long seed = count > 1 ? strtoull(words[1], 0, 10) : 1;
    p.count = count > 2 ? (unsigned)strtoul(words[2], 0, 10) : 1000;
    p.input = malloc(p.count + 1);
    for (unsigned i = 0; i < p.count; i++) {{
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        p.input[i] = (unsigned char)(1 + (seed >> 33) % {_TOKENS - 1});
    }}
    for (unsigned i = 0; p.position < p.count; i++)
        p.stack[i % {_STATES}] += starts[(i + p.state) % {_RULES}](&p, 0);
    for (unsigned i = 0; i < {_STATES}; i++)
        fold(&p, p.stack[i], p.state);
    printf("%016llx, %u errors, state %u\\n", p.digest, p.errors, p.state);
    free(p.input);
    return 0;
}}
"""


def source() -> str:
    """The whole text: about five megabytes, the same each time."""
    lots = Random(1)
    rules = range(_RULES)
    return "\n".join((
        _PRELUDE,
        *(_table(lots, number) for number in range(_TABLES)),
        *(f"static unsigned rule_{number}(struct parser *p, unsigned depth);" for number in rules),
        *(_reduction(lots, number) for number in range(_REDUCTIONS)),
        *(_rule(lots, number) for number in rules),
        "static unsigned (*const starts[])(struct parser *, unsigned) = {",
        *(f"    rule_{number}," for number in rules),
        "};", _MAIN))


def _table(lots: Random, number: int) -> str:
    rows = ("    {" + ", ".join(str(lots.randrange(1000)) for _ in range(_COLUMNS)) + "},"
            for _ in range(_ROWS))
    return "\n".join((f"static const short table_{number}[{_ROWS}][{_COLUMNS}] = {{", *rows, "};"))


def _reduction(lots: Random, number: int) -> str:
    """What several rules do at their ends."""
    return "\n".join((
        f"static unsigned reduce_{number}(struct parser *p, unsigned value)", "{",
        f"    unsigned top = p->stack[(p->state + {lots.randrange(_STATES)}) % {_STATES}];",
        f"    for (unsigned i = 0; i < {lots.randint(2, 6)}; i++)",
        f"        top = fold(p, top ^ value, {_cell(lots, 'top', 'i')});",
        f"    p->stack[p->state % {_STATES}] = top;",
        "    return top;", "}"))


def _rule(lots: Random, number: int) -> str:
    return "\n".join((
        f"static unsigned rule_{number}(struct parser *p, unsigned depth)", "{",
        f"    unsigned token, value = {number}u;",
        f"    if (depth > {lots.randint(30, 60)})",
        f"        return fold(p, value, {lots.randrange(1000)}u);",
        "again:", "    token = next(p);", "    switch (token) {", "    case 0:",
        "        return value;", *_cases(lots, number),
        "    default:", "        p->errors++;",
        f"        value = reduce_{lots.randrange(_REDUCTIONS)}(p, value);", "        goto failed;",
        "    }",
        f"    if ((value & {lots.choice((3, 7, 15))}) == 1)", "        goto again;",
        "shifted:", f"    p->state = (p->state + {_cell(lots, 'value', 'token')}) % {_STATES};",
        f"    return fold(p, value, p->stack[p->state]) ^ {_call(lots, number)};",
        "failed:", f"    value = fold(p, value, {_cell(lots, 'token', 'value')});",
        f"    if (value % {lots.randint(3, 9)} == 0)", "        goto shifted;",
        "    return value;", "}"))


def _cases(lots: Random, number: int) -> Iterator[str]:
    """An action for most of the tokens; some have one in common."""
    for token in lots.sample(range(1, _TOKENS), lots.randint(12, 22)):
        yield f"    case {token}:"
        if lots.random() < 0.8:
            yield from _action(lots, number)


def _action(lots: Random, number: int) -> Iterator[str]:
    kind = lots.randrange(5)
    if kind == 0:
        yield f"        value = fold(p, value, {_cell(lots, 'p->state', 'token')});"
    elif kind == 1:
        yield f"        value ^= {_call(lots, number)};"
    elif kind == 2:
        yield f"        p->stack[value % {_STATES}] += {_cell(lots, 'token', 'p->state')};"
    elif kind == 3:
        yield f"        value += reduce_{lots.randrange(_REDUCTIONS)}(p, token);"
    else:
        yield f"        p->state = (p->state ^ {lots.randrange(_STATES)}) % {_STATES};"
    yield f"        {lots.choice(('break', 'break', 'goto again', 'goto shifted', 'goto failed'))};"


def _cell(lots: Random, row: str, column: str) -> str:
    return f"table_{lots.randrange(_TABLES)}[({row}) % {_ROWS}][({column}) % {_COLUMNS}]"


def _call(lots: Random, number: int) -> str:
    far = lots.random() < 0.1
    called = lots.randrange(_RULES) if far else number + lots.randint(-_NEAR, _NEAR)
    return f"rule_{called % _RULES}(p, depth + 1)"


if __name__ == "__main__":
    sys.stdout.write(source())
