"""The options of lld's ELF port, by name: how each is spelled, and what its value means.

The facts are those of lld/ELF/Options.td of LLVM 22. An option is one of these:

- a flag: the whole word;
- separate: its value is the next word;
- joined: its value is the rest of the word; the name of most ends with `=`;
- joined or separate: the short ones, such as `-lc` and `-l c`.

A name is spelled with one dash or two, unless it is said here; there are no abbreviations.
"""

from __future__ import annotations

FLAG, SEPARATE, JOINED, JOINED_OR_SEPARATE = range(1, 5)


def names(text: str) -> frozenset[str]:
    """Names with spaces between them."""
    return frozenset(text.split())


def _on_and_off(text: str) -> frozenset[str]:
    names = text.split()
    return frozenset((*names, *["no-" + name for name in names]))


_FLAGS_ONE_DASH = names("( ) E M N S V X d g n q r s t v w x")
_FLAGS_TWO_DASHES = _on_and_off("""
    android-memtag-heap android-memtag-stack apply-dynamic-relocs
    bp-compression-sort-startup-functions branch-to-branch check-dynamic-relocations debug-names
    dependent-libraries execute-only fat-lto-objects fortran-common gdb-index gnu-unique
    lto-basic-block-address-map lto-pgo-warn-mismatch lto-unique-basic-block-section-names
    lto-validate-all-vtables-have-type-infos lto-whole-program-visibility mmap-output-file
    optimize-bb-jumps pcrel-optimize relax relax-gp rosegment toc-optimize use-android-relr-tags
    warn-backrefs warn-ifunc-textrel warn-symbol-ordering xosegment
""") | names("""
    cmse-implib color-diagnostics cref enable-non-contiguous-regions force-group-allocation
    ignore-data-address-equality ignore-function-address-equality lto-cs-profile-generate
    lto-debug-pass-manager lto-emit-asm lto-emit-llvm no-add-needed no-call-graph-profile-sort
    no-color-diagnostics no-power10-stubs no-warnings omagic opt-remarks-with-hotness
    power10-stubs thinlto-emit-imports-files thinlto-emit-index-files thinlto-index-only time-trace
    verbose-bp-section-orderer vs-diagnostics
""")
_FLAGS = _on_and_off("""
    allow-multiple-definition allow-shlib-undefined as-needed check-sections demangle eh-frame-hdr
    export-dynamic fatal-warnings gc-sections merge-exidx-entries pie print-gc-sections
    print-icf-sections undefined-version warn-common whole-archive
""") | names("""
    Bdynamic Bno-symbolic Bshareable Bstatic Bsymbolic Bsymbolic-functions Bsymbolic-non-weak
    Bsymbolic-non-weak-functions EB EL be8 build-id call_shared disable-new-dtags disable-verify
    discard-all discard-locals discard-none dn dy emit-relocs enable-new-dtags end-group end-lib
    error-unresolved-symbols fix-cortex-a53-843419 fix-cortex-a8 help icf=all icf=none icf=safe
    long-plt nmagic no-copy-dt-needed-entries no-ctors-in-init-array no-dynamic-linker
    no-keep-memory no-nmagic no-omagic no-undefined no-warn-mismatch noinhibit-exec non_shared
    nostdlib pic-executable pic-veneer plugin-opt=cs-profile-generate plugin-opt=debug-pass-manager
    plugin-opt=disable-verify plugin-opt=emit-asm plugin-opt=emit-llvm
    plugin-opt=opt-remarks-with-hotness plugin-opt=save-temps plugin-opt=thinlto-emit-imports-files
    plugin-opt=thinlto-index-only pop-state print-map print-memory-usage push-state relocatable
    save-temps secure-plt shared sort-common start-group start-lib static stats strip-all
    strip-debug target1-abs target1-rel trace unique verbose version warn-execstack warn-once
    warn-shared-textrel warn-unresolved-symbols
""")
# `--name VALUE` and `--name=VALUE`.
_VALUED_TWO_DASHES = names("""
    android-memtag-mode compress-sections default-script dependency-file error-handling-script
    error-limit export-dynamic-symbol export-dynamic-symbol-list image-base in-implib irpgo-profile
    load-pass-plugin lto-known-safe-vtables oformat opt-remarks-hotness-threshold out-implib output
    pack-dyn-relocs remap-inputs reproduce rsp-quoting shuffle-sections symbol-ordering-file
    thinlto-cache-policy thinlto-distributor-arg thinlto-remote-compiler-arg
    thinlto-remote-compiler-prepend-arg threads time-trace-granularity undefined-glob
    warn-backrefs-exclude why-live
""")
_VALUED = names("""
    Map Tbss Tdata Ttext Ttext-segment auxiliary call-graph-ordering-file compress-debug-sections
    defsym dynamic-linker dynamic-list entry exclude-libs filter fini format hash-style init
    just-symbols keep-unique library library-path mips-got-size mllvm orphan-handling plugin
    print-symbol-order retain-symbols-file rpath rpath-link script section-start soname sort-section
    split-stack-adjust-size sysroot target2 trace-symbol undefined unresolved-symbols version-script
    wrap
""")
_SEPARATE_ONE_DASH = names("F b dT f")
_SEPARATE_TWO_DASHES = _VALUED_TWO_DASHES | names(
    "chroot opt-remarks-filename opt-remarks-format opt-remarks-passes")
_JOINED_TWO_DASHES = frozenset([name + "=" for name in _VALUED_TWO_DASHES]) | names("""
    bp-compression-sort= bp-startup-sort= call-graph-profile-sort= color-diagnostics= lto-CGO lto-O
    lto-aa-pipeline= lto-basic-block-sections= lto-cs-profile-file= lto-newpm-passes= lto-obj-path=
    lto-partitions= lto-sample-profile= lto= package-metadata= power10-stubs= print-gc-sections=
    randomize-section-padding= remap-inputs-file= save-temps= thinlto-cache-dir=
    thinlto-distributor= thinlto-index-only= thinlto-jobs= thinlto-object-suffix-replace=
    thinlto-prefix-replace= thinlto-remote-compiler= thinlto-single-module= time-trace= why-extract=
""")
_JOINED = frozenset([name + "=" for name in _VALUED]) | names("""
    build-id= plugin-opt=- plugin-opt=-fresolution= plugin-opt=-pass-through= plugin-opt=
    plugin-opt=O plugin-opt=cs-profile-path= plugin-opt=dwo_dir= plugin-opt=jobs=
    plugin-opt=lto-partitions= plugin-opt=mcpu= plugin-opt=obj-path=
    plugin-opt=opt-remarks-filename= plugin-opt=opt-remarks-format=
    plugin-opt=opt-remarks-hotness-threshold= plugin-opt=opt-remarks-passes=
    plugin-opt=sample-profile= plugin-opt=stats-file=
    plugin-opt=thinlto plugin-opt=thinlto-index-only= plugin-opt=thinlto-object-suffix-replace=
    plugin-opt=thinlto-prefix-replace= plugin-opt=time-trace= print-archive-stats=
""")
_SHORT = frozenset("GLORTehlmouyz")

# (Names with two dashes, and with one. The same word is never of two kinds.)
_KINDS: tuple[tuple[int, frozenset[str], frozenset[str]], ...] = (
    (FLAG, _FLAGS | _FLAGS_TWO_DASHES, _FLAGS | _FLAGS_ONE_DASH),
    (SEPARATE, _VALUED | _SEPARATE_TWO_DASHES, _VALUED | _SEPARATE_ONE_DASH),
    (JOINED, _JOINED | _JOINED_TWO_DASHES, _JOINED),
    (JOINED_OR_SEPARATE, frozenset(), _SHORT))
_ANY_JOINED = _JOINED | _JOINED_TWO_DASHES
_LONGEST = max(map(len, _ANY_JOINED))
# Other names of the same option; `name=` is one of `name` in any case.
ALIASES = {
    "(": "start-group", ")": "end-group", "Bshareable": "shared", "E": "export-dynamic",
    "F": "filter", "L": "library-path", "M": "print-map", "N": "omagic", "R": "rpath",
    "S": "strip-debug", "T": "script", "V": "v", "X": "discard-locals", "b": "format",
    "call_shared": "Bdynamic", "dT": "default-script", "dn": "Bstatic", "dy": "Bdynamic",
    "e": "entry", "f": "auxiliary", "h": "soname", "l": "library", "n": "nmagic",
    "non_shared": "Bstatic", "o": "output", "pic-executable": "pie",
    "plugin-opt=O": "lto-O", "plugin-opt=cs-profile-generate": "lto-cs-profile-generate",
    "plugin-opt=cs-profile-path": "lto-cs-profile-file",
    "plugin-opt=debug-pass-manager": "lto-debug-pass-manager",
    "plugin-opt=disable-verify": "disable-verify", "plugin-opt=emit-asm": "lto-emit-asm",
    "plugin-opt=emit-llvm": "lto-emit-llvm", "plugin-opt=jobs": "thinlto-jobs",
    "plugin-opt=lto-partitions": "lto-partitions", "plugin-opt=obj-path": "lto-obj-path",
    "plugin-opt=opt-remarks-filename": "opt-remarks-filename",
    "plugin-opt=opt-remarks-format": "opt-remarks-format",
    "plugin-opt=opt-remarks-hotness-threshold": "opt-remarks-hotness-threshold",
    "plugin-opt=opt-remarks-passes": "opt-remarks-passes",
    "plugin-opt=opt-remarks-with-hotness": "opt-remarks-with-hotness",
    "plugin-opt=sample-profile": "lto-sample-profile", "plugin-opt=save-temps": "save-temps",
    "plugin-opt=thinlto-emit-imports-files": "thinlto-emit-imports-files",
    "plugin-opt=thinlto-index-only": "thinlto-index-only",
    "plugin-opt=thinlto-object-suffix-replace": "thinlto-object-suffix-replace",
    "plugin-opt=thinlto-prefix-replace": "thinlto-prefix-replace",
    "plugin-opt=time-trace": "time-trace", "q": "emit-relocs", "r": "relocatable", "s": "strip-all",
    "static": "Bstatic", "t": "trace", "u": "undefined", "w": "no-warnings", "x": "discard-all",
    "y": "trace-symbol",
}

# What the value of an option is, by its first name; any other is some text.
# Read at this path; of those of which the last counts, that one alone.
FILES_READ = names("""
    call-graph-ordering-file dynamic-list export-dynamic-symbol-list in-implib irpgo-profile
    just-symbols load-pass-plugin lto-cs-profile-file lto-sample-profile remap-inputs-file
    retain-symbols-file symbol-ordering-file
""")
# Read at this path, or else in the folders of `-L`.
SCRIPTS_READ = names("default-script script version-script")
FILES_WRITTEN = names("""
    Map dependency-file lto-obj-path opt-remarks-filename out-implib output plugin-opt=stats-file
    print-archive-stats print-gc-sections print-symbol-order reproduce time-trace why-extract
""")
_MEANINGS = (
    ("file read", FILES_READ | SCRIPTS_READ), ("file written", FILES_WRITTEN),
    ("folder", names("chroot library-path plugin-opt=dwo_dir rpath rpath-link sysroot "
                     "thinlto-cache-dir")),
    ("library", names("library")),
    ("symbol", names("defsym entry export-dynamic-symbol fini init keep-unique trace-symbol "
                     "undefined undefined-glob wrap")))


def kind(name: str, dashes: int) -> int:
    """How a whole name takes its value; 0 for no name of an option with so many dashes."""
    for number, two, one in _KINDS:
        if name in (two if dashes == 2 else one):
            return number
    return 0


def joined(text: str, dashes: int) -> str:
    """The longest name that `text` begins with and the rest can be the value of."""
    for end in range(min(len(text) - 1, _LONGEST), 1, -1):
        if text[:end] in _ANY_JOINED and (dashes == 2 or text[:end] in _JOINED):
            return text[:end]
    return text[0] if dashes == 1 and text[:1] in _SHORT else ""


def first_name(name: str) -> str:
    """The name by which an option is known, whatever name of it a word has."""
    name = name.removesuffix("=")
    return ALIASES.get(name, name)


def meaning(first: str) -> str:
    """What the value of an option is, by its first name: "file read", "symbol" and so on."""
    return next((what for what, options in _MEANINGS if first in options), "text")


def spelled() -> list[tuple[str, int, int]]:
    """Every name with its kind and its number of dashes."""
    return [(name, number, dashes) for number, two, one in _KINDS
            for dashes, names in ((2, two), (1, one)) for name in sorted(names)]
