"""Pass plugins of a fat link: LLVM loads them into the optimisation of the merged module."""

from __future__ import annotations

from ltogen import flags
from ltogen.lower.compile import seen_from_build
from ltogen.model import Target


def split(text: str) -> tuple[str, str]:
    """The plugin's path and the pipeline of a `PLUGIN` or `PLUGIN:PIPELINE`."""
    path, _, pipeline = text.partition(":")
    return path, pipeline


def plugins(target: Target, root: str) -> tuple[str, ...]:
    """The plugins' paths, as the build sees them."""
    return tuple(dict.fromkeys(seen_from_build(root, split(text)[0]) for text in target.passes))


def options(target: Target, root: str) -> tuple[str, ...]:
    """What lld is told: each plugin, and what comes before the pipeline of its own.

    A plugin without a pipeline hooks itself into that one, by LLVM's extension points. Who names
    `lto<O2>` or another default says where it stands.
    """
    pipelines = [pipeline for _, pipeline in map(split, target.passes) if pipeline]
    if pipelines and not any("lto<" in pipeline for pipeline in pipelines):
        pipelines.append(f"lto<O{flags.backend_level(target.optimize)}>")
    # A name without a folder would be looked for among the machine's libraries.
    paths = (path if "/" in path else f"./{path}" for path in plugins(target, root))
    return (*(f"--load-pass-plugin={path}" for path in paths),
            *((f"--lto-newpm-passes={','.join(pipelines)}",) if pipelines else ()))
