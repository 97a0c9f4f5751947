"""Pass plugins of a fat link: LLVM loads them into the optimisation of the merged module.

Each is `PLUGIN` or `PLUGIN:PIPELINE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ltogen.base.errors import UserError
from ltogen.model.toolchain import Toolchain


def check_loads(where: str, toolchain: Toolchain) -> None:
    """Raises UserError if the linker cannot load plugins; `where` names the setting."""
    if toolchain.kind == "embedded":
        raise UserError(f"{where}: the embedded lld is a static program and loads no plugin; "
                        "use the system toolchain")


def placed(passes: Sequence[str], place: Callable[[str], str]) -> tuple[str, ...]:
    """The passes, with each plugin's path mapped by `place`."""
    return tuple(f"{place(plugin)}{colon}{pipeline}"
                 for plugin, colon, pipeline in (text.partition(":") for text in passes))


def plugins(passes: Sequence[str]) -> tuple[str, ...]:
    """The plugins' paths."""
    return tuple(dict.fromkeys(text.partition(":")[0] for text in passes))


def options(passes: Sequence[str], level: str) -> tuple[str, ...]:
    """Options of lld: each plugin, and the pipelines before LLVM's own pipeline at `level`.

    A plugin without a pipeline registers itself at LLVM's extension points. A pipeline that names
    `lto<O2>` or another default places LLVM's own.
    """
    pipelines = [pipeline for text in passes if (pipeline := text.partition(":")[2])]
    if pipelines and not any("lto<" in pipeline for pipeline in pipelines):
        pipelines.append(f"lto<O{level}>")
    # A name without a folder would be looked for among the machine's libraries.
    paths = (path if "/" in path else f"./{path}" for path in plugins(passes))
    return (*(f"--load-pass-plugin={path}" for path in paths),
            *((f"--lto-newpm-passes={','.join(pipelines)}",) if pipelines else ()))
