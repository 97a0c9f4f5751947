"""`ltogen configure --from`: an existing build gets a second manifest, with ThinLTO."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import ltogen
from ltogen.backends import (
    build_folder,
    compilation_database,
    files,
    ninja,
    other_manifest,
    stale,
    store_link,
    taken_over,
)
from ltogen.base.errors import UsageError, UserError, warn
from ltogen.base.processes import at_once
from ltogen.cli import built, codegen_units, toolchain_options
from ltogen.frontends.existing import ninja_build
from ltogen.frontends.existing.cut import CodegenUnitRequest
from ltogen.frontends.existing.plan import TakeOver, take_over
from ltogen.lower.inspection import for_inspection
from ltogen.lower.remote import apart
from ltogen.model.existing_build import Bitcode, Compile, ExistingBuild
from ltogen.model.layout import TAKEN_OVER, Layout
from ltogen.model.plan import Plan
from ltogen.model.site import Site
from ltogen.model.toolchain import Toolchain
from ltogen.ninja import manifest as ninja_manifest
from ltogen.remote_build import choice
from ltogen.steps import start
from ltogen.toolchain import step_code
from ltogen.toolchain.existing import Drivers


def run(options: argparse.Namespace) -> int:
    """Take over one existing build."""
    began = start.now()
    _check(options)
    source = Path(options.existing)
    folder = source.parent if source.is_file() else source
    manifest, build = _read(source, options)
    drivers = Drivers(str(folder))
    site = Site(_toolchain(drivers, build, options, folder), Layout(TAKEN_OVER), options.save_temps,
                options.incremental != "module")
    plan = take_over(build, options.words, drivers.incompatibility, str(folder.resolve()), site,
                     CodegenUnitRequest(options.codegen_units, options.plan_jobs or at_once()))
    changed = _write(options, folder, manifest, plan, site, began)
    store_link.write(folder, site.layout, options.cache)
    codegen_units.remember(folder, site.layout, plan.decisions)
    for warning in plan.warnings:
        warn(warning)
    if changed or not options.again:
        to_build = "" if options.again else "; to build: " + built.next_command(
            options, str(folder), taken_over.MANIFEST)
        print(f"{folder / taken_over.MANIFEST}: {built.counted(plan.links, 'link')} by ThinLTO, "
              f"{built.counted(plan.modules, 'module')}{to_build}")
    return 0


def _check(options: argparse.Namespace) -> None:
    for name in ("kind", "cc", "cxx", "ar", "target"):
        if getattr(options, name):
            raise UsageError("--from takes compilers and target from the build; only --ld may be "
                             "named beside it")
    if options.build:
        raise UsageError("--from writes into the build it takes over; leave out -B")


def _read(source: Path,
          options: argparse.Namespace) -> tuple[ninja_manifest.Manifest | None, ExistingBuild]:
    if options.link_command:
        from ltogen.frontends.existing import compile_commands

        path = source / compilation_database.FILE_NAME if source.is_dir() else source
        return None, compile_commands.existing_build(path, options.link_command)
    if not source.is_dir():
        problem = "needs a --link-command" if source.is_file() else "is no folder"
        raise UserError(f"{source}: {problem}; name a folder with a {ninja.MANIFEST}, or a "
                        f"{compilation_database.FILE_NAME} and what to link")
    if not _is_there(source / ninja.MANIFEST):
        raise UserError(f"{source}: not a Ninja build, there is no {ninja.MANIFEST}; make one with "
                        "cmake -G Ninja, meson setup or gn gen, or use compile_commands.json with "
                        "--link-command")
    manifest = ninja_manifest.read(source)
    return manifest, ninja_build.existing_build(manifest, source)


def _is_there(path: Path) -> bool:
    try:
        path.stat()
    except FileNotFoundError:
        return False
    except OSError:
        pass  # who reads it says what is wrong
    return True


def _toolchain(drivers: Drivers, build: ExistingBuild, options: argparse.Namespace,
               folder: Path) -> Toolchain:
    compiles = tuple(step.command for step in build.steps if isinstance(step.command, Compile))
    used = any(one.bitcode is not Bitcode.NEVER for one in compiles)
    problem = next((f"{step.name}: {step.problem}" for step in build.steps if step.problem),
                   "")
    if problem and not used:
        raise UserError(f"nothing to take over: {problem}")
    return drivers.choose(compiles, options.ld, folder / Layout(TAKEN_OVER).toolchain)


def _write(options: argparse.Namespace, folder: Path, manifest: ninja_manifest.Manifest | None,
           taken: TakeOver, site: Site, began: int) -> bool:
    """Write the manifests; whether the main one changed."""
    last = build_folder.last_run(folder / taken_over.MANIFEST, folder / TAKEN_OVER, options.ninja)
    _check_own(folder, manifest, last.text)
    plan = last.ordered(taken.plan)
    plan = for_inspection(plan, options.save_temps, options.single_module)
    plan = apart(plan, choice.farm(os.environ, options.remote))
    files.make_folder(folder / TAKEN_OVER, "move away what is there")
    inputs = _unique((*_manifests(folder, manifest, plan), *taken.reads, *site.toolchain.inputs,
                      site.layout.toolchain, ltogen.__file__, *step_code.all_files()))
    texts = taken_over.manifests(manifest, plan, taken.replaced,
                               ninja.Regeneration(_command(options, taken.wanted), inputs),
                               TAKEN_OVER)
    build_folder.write(folder, site.layout, site.toolchain, texts, taken_over.MANIFEST,
                       build_folder.Reads(inputs, began))
    changed = texts[taken_over.MANIFEST] != last.text
    if changed:
        stale.remove(folder, TAKEN_OVER, plan, last.outputs)
        taken_over.remove_stale(folder, last.text, texts)
    stale.remove_temps(folder / site.layout.temps, options.save_temps)
    return changed


def _check_own(folder: Path, manifest: ninja_manifest.Manifest | None, earlier: str) -> None:
    """Raise UserError for a file that ltogen did not write: it must not be overwritten."""
    path = folder / taken_over.MANIFEST
    if manifest is not None and taken_over.MANIFEST in manifest.makes:
        raise UserError(f"{path}: the build makes a file of that name; rename it")
    if earlier and not earlier.startswith("# Written by `ltogen "):
        raise UserError(f"{path}: not written by ltogen; move it away")


def _manifests(folder: Path, manifest: ninja_manifest.Manifest | None,
               plan: Plan) -> Iterator[str]:
    """The files of the build's own manifest, and its log."""
    if manifest is None:
        return
    yield from (file.path for file in manifest.files)
    log = other_manifest.log_of(manifest.builddir)
    other_manifest.remove_overwritten(folder, TAKEN_OVER, log,
                                      ninja.made(plan) & manifest.makes.keys())
    yield log


def _command(options: argparse.Namespace, wanted: Iterable[str]) -> tuple[str, ...]:
    links = (word for link in options.link_command for word in ("--link-command", link))
    source = os.path.basename(options.existing) if os.path.isfile(options.existing) else "."
    return toolchain_options.configure_again(options, "--from", source, *links, *wanted)


def _unique(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(os.path.normpath(path) for path in paths))
