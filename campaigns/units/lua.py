"""The Lua interpreter, every source of it in units."""

from __future__ import annotations

from pathlib import Path

from campaigns.checks import lua
from campaigns.checks.build import project_text
from campaigns.places import CAMPAIGNS
from campaigns.units.program import Program

_WORK = """
local words, sieve = {}, {}
for i = 1, 20000 do words[i] = string.format("%05d", i * 7919 % 10007) end
table.sort(words)
for i = 2, 50000 do sieve[i] = true end
for i = 2, 223 do if sieve[i] then for j = i * i, 50000, i do sieve[j] = false end end end
local found, primes = 0, 0
for _, word in ipairs(words) do
    if word:find("7.*1") then found = found + #word:gsub("0", "") end
end
for i = 2, 50000 do if sieve[i] then primes = primes + i end end
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end
local step = coroutine.wrap(function() for i = 1, 20000 do coroutine.yield(i / 3) end end)
local sum = 0
for _ = 1, 20000 do sum = sum + step() end
local compiled = load("return function(a, ...) return select('#', ...) + a end")()
for i = 1, 20000 do sum = sum + compiled(i, i, {i}, "x" .. i) end
print(words[17], found, primes, fib(22), sum, #table.concat(words, ","))
"""


def _project(_: Path) -> str:
    return project_text("lua")


def _workload(program: str, folder: Path) -> list[list[str]]:
    script = folder / "work.lua"
    script.write_text(_WORK)
    return [[program, str(script)], [program, str(CAMPAIGNS / "lua" / "suite.lua"), str(folder)]]


LUA = Program("lua5.4", "lvm.c", 4, _project, _workload, lua.check, ("/luac.c",),
              ("-lm", "-ldl", "-rdynamic"))
