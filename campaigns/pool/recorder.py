"""A compiler that writes down when it runs, and a recursive build for it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ltogen.toolchain import Toolchain

# date is a process of its own, but the shell's clock has no fractions everywhere.
_SCRIPT = """\
#!/bin/sh
case " $* " in
*" -fthinlto-index="*) kind=backend ;;
*" -c "*) kind=compile ;;
*) exec {cc} "$@" ;;
esac
case " $* " in *" -### "*) exec {cc} "$@" ;; esac
echo "$(date +%s.%N) + $kind" >> "$RECORD"
{cc} "$@"
code=$?
echo "$(date +%s.%N) - $kind" >> "$RECORD"
exit $code
"""
_FUNCTION = """\
static int part{0}_{1}(int x) {{
    for (int i = 0; i < (x & 15); i++) x = x * {1}u % 251 + (x >> 3) + i;
    switch (x % 7) {{ case 0: x += {1}; break; case 1: x ^= {0}; break; case 2: x -= 3; break;
                      case 4: x *= 5; break; default: x += 2; }}
    return x;
}}
"""
MODULES = 12
_FUNCTIONS = 120


@dataclass(frozen=True, slots=True)
class Event:
    """A job started, or ended."""

    time: float
    started: bool
    backend: bool


@dataclass(frozen=True, slots=True)
class Build:
    """A folder with a makefile that makes two programs at once, below a make of its own."""

    folder: Path
    toolchain: Toolchain

    def write(self) -> None:
        """Write sources, makefile and recorder."""
        self.folder.mkdir(parents=True)
        script = self.folder / "bin/clang"
        script.parent.mkdir()
        script.write_text(_SCRIPT.format(cc=self.toolchain.cc[0]))
        script.chmod(0o755)
        for number in range(MODULES):
            functions = "".join(_FUNCTION.format(number, one) for one in range(_FUNCTIONS))
            calls = " ^ ".join(f"part{number}_{one}(x + {one})" for one in range(_FUNCTIONS))
            (self.folder / f"part{number}.c").write_text(
                f"{functions}int part{number}(int x) {{ return {calls}; }}\n")
        names = [f"part{number}" for number in range(MODULES)]
        calls = " + ".join(f"{name}(n)" for name in names)
        (self.folder / "main.c").write_text(
            "#include <stdio.h>\n" + "".join(f"int {name}(int);\n" for name in names)
            + f'int main(int n, char **v) {{ (void)v; printf("%d\\n", {calls}); return 0; }}\n')
        objects = " ".join(f"{name}.o" for name in ["main", *names])
        (self.folder / "Makefile").write_text(
            "all:\n\t$(MAKE) one two\n"
            f"one two: {objects}\n\t$(CC) $(LDFLAGS) {objects} -o $@\n"
            "%.o: %.c\n\t$(CC) $(CFLAGS) -c $< -o $@\nclean:\n\trm -rf *.o one two states\n")

    def environment(self) -> dict[str, str]:
        """With a linker named, backends run the first clang on PATH: the recorder."""
        return {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", "MAKEFLAGS": "",
                "RECORD": str(self.folder / "record"),
                "LTOGEN_STATE_DIR": str(self.folder / "states"), "LTOGEN_LD": self.toolchain.ld[0],
                "CC": "clang", "CFLAGS": "-O2 -flto=thin",
                "LDFLAGS": "-flto=thin -fuse-ld=ltogen", "MARKER": str(self.folder)}

    def events(self) -> list[Event]:
        """What was recorded, in the order of time."""
        events = []
        for line in (self.folder / "record").read_text().splitlines():
            time, sign, kind = line.split()
            events.append(Event(float(time), sign == "+", kind == "backend"))
        return sorted(events, key=lambda event: event.time)
