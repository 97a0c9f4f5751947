"""Lua runs the suite beside its project file."""

from __future__ import annotations

from bench.places import SOURCES
from bench.process import run
from campaigns.checks.build import Built, output_of, same
from campaigns.places import CAMPAIGNS

_SUITE = str(CAMPAIGNS / "lua" / "suite.lua")


def check(built: Built) -> str:
    """The suite from source and precompiled, against a plain build of the interpreter."""
    lua, luac = built.product("lua5.4"), built.product("luac5.4")
    scratch = str(built.scratch)
    plain = built.plain("lua", ["/luac.c"], ["-lm", "-ldl", "-rdynamic"])
    wanted = output_of([plain, _SUITE, scratch])
    same("suite", output_of([lua, _SUITE, scratch]), wanted)
    same("suite with liblua.a", output_of([_archived(built), _SUITE, scratch]), wanted)
    compiled = str(built.scratch / "suite.luac")
    output_of([luac, "-o", compiled, _SUITE])
    (built.scratch / "greeting.lua").write_bytes((CAMPAIGNS / "lua" / "greeting.lua").read_bytes())
    same("precompiled suite", output_of([lua, compiled, scratch]), wanted)
    return (f"{wanted.decode().split()[-1]} parts, from source, precompiled and with liblua.a; "
            "same as plain -O0")


def _archived(built: Built) -> str:
    """An interpreter that the driver links, its own way, with the static library."""
    output = str(built.scratch / "lua-archived")
    run([*built.driver(), str(SOURCES / "lua" / "src" / "lua.c"), built.product("liblua.a"),
         "-lm", "-ldl", "-rdynamic", "-o", output], built.graph.build.resolve())
    return output
