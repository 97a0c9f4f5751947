"""`ltogen configure`: the project file becomes a manifest."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from pathlib import Path

import ltogen
from ltogen.backends import build_folder, compilation_database, ninja, stale, store_link
from ltogen.base.errors import warn
from ltogen.base.processes import at_once
from ltogen.cli import built, codegen_units, toolchain_options
from ltogen.codegen_units import costs_file, partition
from ltogen.frontends.project import project_file, sources
from ltogen.frontends.project.plan import plan as make_plan
from ltogen.lower import passes
from ltogen.lower.inspection import for_inspection
from ltogen.lower.remote import apart
from ltogen.model import layout
from ltogen.model.costs import Costs
from ltogen.model.plan import Plan
from ltogen.model.site import Site
from ltogen.ninja import spelling
from ltogen.remote_build import choice
from ltogen.steps import start
from ltogen.toolchain import Toolchain, choose, step_code


def run(options: argparse.Namespace) -> int:
    """Configure the build directory of a project."""
    began = start.now()
    described = project_file.load(Path(options.words[0] if options.words else "."))
    build = Path(options.build or ".")
    request = toolchain_options.request(options, described.toolchain)
    toolchain = choose(request, build / layout.Layout().toolchain)
    _check_passes(described, toolchain)
    found = {target.name: sources.find(described.root, target.sources,
                                       f"{described.root / project_file.FILE_NAME}: "
                                       f"[targets.{target.name}]", toolchain.major)
             for target in described.targets}
    root = _seen_from(build, described.root)
    last = build_folder.last_run(build / ninja.MANIFEST, build / layout.OUT, options.ninja)
    files = {name: one.files for name, one in found.items()}
    listed = codegen_units.cost_list(described.root, build, described.targets, files, last,
                                     learned=options.learn_costs)
    decisions = partition.decide(described.targets, files, options.plan_jobs or at_once(),
                                 listed or Costs({}))
    plan = make_plan(described.targets, partition.with_codegen_units(files, decisions), root,
                     str(build.resolve()), _site(toolchain, options, described), options.merges)
    plan = for_inspection(plan, options.save_temps, options.single_module)
    if options.memory:
        plan = _pooled(plan, options, build, last)
    plan = last.ordered(plan)
    plan = apart(plan, choice.farm(os.environ, options.remote, described.remote))
    reads = plan.reads if listed is None else (*plan.reads, f"{root}/{costs_file.FILE_NAME}")
    regeneration = _regeneration(options, root, toolchain, found.values(), reads)
    text = ninja.manifest(plan, regeneration)
    _write(build, toolchain, plan, text, build_folder.Reads(regeneration.inputs, began))
    store_link.write(build, layout.Layout(), options.cache or described.cache)
    codegen_units.remember(build, layout.Layout(), decisions)
    if text != last.text:
        stale.remove(build, layout.OUT, plan, last.outputs)
    stale.remove_temps(build / layout.Layout().temps, options.save_temps)
    if not options.again:
        print(f"{build / ninja.MANIFEST}: {built.counted(len(described.targets), 'target')}; "
              f"to build: {built.next_command(options, options.build, ninja.MANIFEST)}")
    return 0


def _site(toolchain: Toolchain, options: argparse.Namespace,
          described: project_file.Project) -> Site:
    how = options.incremental or described.incremental
    return Site(toolchain, kept=options.save_temps, by_function=how != "module")


def _check_passes(described: project_file.Project, toolchain: Toolchain) -> None:
    for target in described.targets:
        if target.passes:
            passes.check_loads(f"[targets.{target.name}] passes", toolchain)


def _pooled(plan: Plan, options: argparse.Namespace, build: Path,
            last: build_folder.LastRun) -> Plan:
    """The plan with pools that keep it below `--memory`."""
    from ltogen.lower import memory
    from ltogen.report import peaks

    jobs = options.plan_jobs or _jobs_of_ninja()
    plan, pools = memory.pooled(plan, peaks.read(build / layout.OUT), last.seconds, options.memory,
                                jobs)
    if not pools.fits:
        warn(f"--memory: the largest job alone takes more than {options.memory >> 20} MiB; it runs "
             "with as little beside it as there can be")
    return plan


def _jobs_of_ninja() -> int:
    """How many jobs Ninja runs without `-j`."""
    processors = at_once()
    return processors + 2 if processors > 2 else processors + 1


def _regeneration(options: argparse.Namespace, root: str, toolchain: Toolchain,
                  found: Iterable[sources.Sources],
                  prebuilt: Iterable[str]) -> ninja.Regeneration:
    # The record of the toolchain is no edge's output: who deletes `out` gets it back by this.
    inputs = [os.path.normpath(f"{root}/{project_file.FILE_NAME}"), *toolchain.inputs,
              layout.Layout().toolchain, ltogen.__file__, *step_code.all_files(), *prebuilt]
    for one in found:
        inputs += [os.path.normpath(f"{root}/{path}") for path in (*one.folders, *one.prebuilt)]
    return ninja.Regeneration(toolchain_options.configure_again(options, root),
                              tuple(dict.fromkeys(inputs)))


def _seen_from(build: Path, root: Path) -> str:
    """The project as seen from the build directory; absolute if no short relative path exists."""
    relative = os.path.relpath(root.resolve(), build.resolve())
    return spelling.check_path(relative, "project folder")


def _write(build: Path, toolchain: Toolchain, plan: Plan, text: str,
           reads: build_folder.Reads) -> None:
    database = compilation_database.compilation_database(plan.compilations, str(build.resolve()))
    build_folder.write(build, layout.Layout(), toolchain,
                       {compilation_database.FILE_NAME: database, ninja.MANIFEST: text},
                       ninja.MANIFEST, reads)
