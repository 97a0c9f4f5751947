"""A Ninja build as steps: every edge, and its command if it is understood."""

from __future__ import annotations

import os
from pathlib import Path

from ltogen.base import response_files
from ltogen.frontends.existing.installed import installed
from ltogen.frontends.existing.names import Names
from ltogen.frontends.existing.recognise import Context, NotUnderstood, recognise
from ltogen.frontends.existing.response_files import ResponseFiles
from ltogen.model.existing_build import Archive, Command, ExistingBuild, Link, Step
from ltogen.ninja.manifest import Edge, Manifest


def existing_build(manifest: Manifest, folder: Path) -> ExistingBuild:
    """The steps of the build that `manifest` describes in `folder`, in its order."""
    makes: dict[str, int] = {}
    for position, edge in enumerate(manifest.edges):
        for path in edge.made:
            makes[path] = position
    reader = _Reader(Names(os.path.abspath(folder), makes), folder)
    steps = tuple(map(reader.step, manifest.edges))
    products, scripts = installed(folder)
    return ExistingBuild(steps, makes, manifest.defaults or manifest.roots(), products,
                         (*reader.response_files.found, *scripts))


class _Reader:
    def __init__(self, names: Names, folder: Path) -> None:
        self._names = names
        self.response_files = ResponseFiles(str(folder))

    def step(self, edge: Edge) -> Step:
        """One edge, with its command if ltogen can take it over."""
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
                return response_files.words(edge.get("rspfile_content"))
            return None if self._names.makes(path) else self.response_files.words(path)

        depfile = edge.unescaped("depfile")
        command = recognise(edge.get("command"), Context(
            edge.made, self._names, expand, self._names.whole(depfile) if depfile else ""))
        if edge.dyndep and isinstance(command, Link | Archive):
            raise NotUnderstood(f"what it takes is in {edge.dyndep}, which is made by the build")
        return command


def _step(edge: Edge, command: Command | None, problem: str) -> Step:
    return Step(
        outputs=edge.outputs, implicit_outputs=edge.implicit_outputs, inputs=edge.inputs,
        implicit=edge.implicit, order_only=edge.order_only, validations=edge.validations,
        phony=edge.phony, pool=edge.pool, dyndep=edge.dyndep, command=command, problem=problem)
