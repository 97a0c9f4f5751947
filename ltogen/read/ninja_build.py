"""A Ninja build as ltogen sees it: every edge, with what its command does."""

from __future__ import annotations

import os
from pathlib import Path

from ltogen.commands import Command, ExistingBuild, Step
from ltogen.read import response_file
from ltogen.read.installed import installed
from ltogen.read.names import Names
from ltogen.read.ninja_manifest import Edge, Manifest
from ltogen.read.recognise import Context, NotUnderstood, recognise


def existing_build(manifest: Manifest, folder: Path) -> ExistingBuild:
    """The steps of the build that `manifest` describes in `folder`, in its order."""
    makes: dict[str, int] = {}
    for position, edge in enumerate(manifest.edges):
        for path in (*edge.outputs, *edge.implicit_outputs):
            makes[path] = position
    reader = _Reader(Names(os.path.abspath(folder), makes), folder)  # noqa: PTH100
    steps = tuple(map(reader.step, manifest.edges))
    products, scripts = installed(folder)
    return ExistingBuild(steps, makes, manifest.defaults or manifest.roots(), products,
                         (*reader.response_files, *scripts))


class _Reader:
    def __init__(self, names: Names, folder: Path) -> None:
        self._names, self._folder = names, folder
        self.response_files: dict[str, None] = {}

    def step(self, edge: Edge) -> Step:
        """One edge, with its command if that is one of those taken over."""
        if edge.phony:
            return _step(edge, None, "")
        command, problem = None, ""
        try:
            command = self._recognise(edge)
        except NotUnderstood as reason:
            problem = str(reason)
        return _step(edge, command, problem)

    def _recognise(self, edge: Edge) -> Command | None:
        rspfile = edge.unescaped("rspfile")

        def expand(path: str) -> list[str] | None:
            if rspfile and os.path.normpath(path) == os.path.normpath(rspfile):
                return response_file.words(edge.get("rspfile_content"))
            return self._read(path)

        outputs = edge.outputs + edge.implicit_outputs
        return recognise(edge.get("command"), Context(outputs, self._names, expand))

    def _read(self, path: str) -> list[str] | None:
        """The words of a response file that is there already, and that no step makes."""
        if self._names.makes(path):
            return None
        try:
            text = (self._folder / path).read_text("utf-8", "surrogateescape")
        except (OSError, ValueError):
            return None
        self.response_files[path] = None
        return response_file.words(text)


def _step(edge: Edge, command: Command | None, problem: str) -> Step:
    return Step(
        outputs=edge.outputs, implicit_outputs=edge.implicit_outputs, inputs=edge.inputs,
        implicit=edge.implicit, order_only=edge.order_only, validations=edge.validations,
        phony=edge.phony, pool=edge.pool, dyndep=edge.dyndep, command=command, problem=problem)
