"""Which of lld's options mean the same to a thin link and to the final link of native objects.

A link with any other option is left to lld: those print what they find, write further files, say
how lld's own LTO is to run, or are unknown.
"""

from __future__ import annotations

from ltogen.linker.command_line import Argument
from ltogen.linker.options import names

# Those make the final link print to standard output; a thin link ends before.
PRINTING = names("""
    cref print-gc-sections print-icf-sections print-map print-memory-usage
    verbose-bp-section-orderer
""")
_FLAGS = PRINTING | names("""
    Bdynamic Bno-symbolic Bstatic Bsymbolic Bsymbolic-functions Bsymbolic-non-weak
    Bsymbolic-non-weak-functions EB EL allow-multiple-definition allow-shlib-undefined
    apply-dynamic-relocs as-needed be8 bp-compression-sort-startup-functions branch-to-branch
    build-id check-sections color-diagnostics debug-names demangle dependent-libraries
    disable-new-dtags discard-all discard-locals discard-none eh-frame-hdr emit-relocs
    enable-new-dtags enable-non-contiguous-regions end-group end-lib error-unresolved-symbols
    execute-only export-dynamic fat-lto-objects fatal-warnings fix-cortex-a53-843419 fix-cortex-a8
    force-group-allocation fortran-common g gc-sections gdb-index gnu-unique icf=all icf=none
    icf=safe ignore-data-address-equality ignore-function-address-equality lto-cs-profile-generate
    lto-whole-program-visibility merge-exidx-entries mmap-output-file nmagic
    no-allow-multiple-definition no-allow-shlib-undefined no-apply-dynamic-relocs no-as-needed
    no-bp-compression-sort-startup-functions no-branch-to-branch no-check-sections
    no-color-diagnostics no-debug-names no-demangle no-dependent-libraries no-dynamic-linker
    no-eh-frame-hdr no-execute-only no-export-dynamic no-fat-lto-objects no-fatal-warnings
    no-fortran-common no-gc-sections no-gdb-index no-gnu-unique no-lto-whole-program-visibility
    no-merge-exidx-entries no-mmap-output-file no-nmagic no-omagic no-optimize-bb-jumps
    no-pcrel-optimize no-pie no-print-gc-sections no-print-icf-sections no-relax no-relax-gp
    no-rosegment no-toc-optimize no-undefined no-undefined-version no-use-android-relr-tags
    no-warn-backrefs no-warn-common no-warn-ifunc-textrel no-warn-mismatch no-warn-symbol-ordering
    no-warnings no-whole-archive no-xosegment noinhibit-exec nostdlib omagic optimize-bb-jumps
    pcrel-optimize pic-veneer pie pop-state push-state relax relax-gp rosegment shared start-group
    start-lib strip-all strip-debug target1-abs target1-rel undefined-version unique
    use-android-relr-tags warn-backrefs warn-common warn-ifunc-textrel warn-symbol-ordering
    warn-unresolved-symbols whole-archive xosegment
""")
_VALUED = names("""
    Map O Tbss Tdata Ttext android-memtag-mode auxiliary bp-compression-sort bp-startup-sort
    build-id call-graph-ordering-file call-graph-profile-sort color-diagnostics
    compress-debug-sections compress-sections default-script defsym dependency-file dynamic-linker
    dynamic-list entry error-limit exclude-libs export-dynamic-symbol export-dynamic-symbol-list
    filter fini hash-style image-base init irpgo-profile just-symbols keep-unique library
    library-path lto-O lto-basic-block-sections lto-cs-profile-file lto-partitions
    lto-sample-profile m oformat orphan-handling output pack-dyn-relocs package-metadata plugin
    plugin-opt=mcpu power10-stubs retain-symbols-file rpath rpath-link script section-start
    shuffle-sections soname sort-section split-stack-adjust-size symbol-ordering-file sysroot
    target2 thinlto-cache-dir thinlto-cache-policy thinlto-jobs threads undefined undefined-glob
    unresolved-symbols version-script warn-backrefs-exclude wrap z
""")
_OF_ONE_VALUE = (("lto", "thin"), ("plugin-opt", "new-pass-manager"), ("plugin-opt=thinlto", ""))
# Options of LLVM's tools that clang, as a backend, does not have. The first it says in its own way.
_SAID_ANEW = ("-function-sections", "-data-sections", "-debugger-tune")
_CODEGEN = frozenset((
    "-align-loops", "-basic-block-sections", "-binutils-version", "-code-model",
    "-debug-entry-values", "-denormal-fp-math", "-denormal-fp-math-f32", "-disable-tail-calls",
    "-eabi", "-emit-call-site-info", "-emulated-tls", "-enable-jmc-instrument",
    "-enable-no-infs-fp-math", "-enable-no-nans-fp-math", "-enable-no-signed-zeros-fp-math",
    "-enable-no-trapping-fp-math", "-enable-sign-dependent-rounding-fp-math", "-enable-tlsdesc",
    "-enable-unsafe-fp-math", "-exception-model", "-filetype", "-float-abi",
    "-force-dwarf-frame-section", "-fp-contract", "-frame-pointer",
    "-large-data-threshold", "-march", "-mattr", "-mcpu", "-meabi", "-no-integrated-as",
    "-no-xray-index", "-relocation-model", "-separate-named-sections", "-split-machine-functions",
    "-stack-size-section", "-stack-symbol-ordering", "-stackrealign", "-strict-dwarf",
    "-thread-model", "-tls-size", "-trap-func", "-unique-basic-block-section-names",
    "-unique-section-names", "-use-ctors", "-vector-library", "-xray-function-index",
))
# Those print, and would print once for every backend.
_TALK = ("-time-passes", "-stats", "-debug", "-print", "-pass-remarks", "-info-output", "-view")


def takes(argument: Argument) -> bool:
    """Whether a graph can follow an option."""
    option, value = argument.option, argument.value
    if value is None:
        return option in _FLAGS
    if option == "plugin-opt=-":
        return _takes_of_llvm(f"-{value}")
    if option == "mllvm":
        return _takes_of_llvm(value)
    return option in _VALUED or (option, value) in _OF_ONE_VALUE


def _takes_of_llvm(option: str) -> bool:
    # Loaded here: most links say nothing of it.
    from ltogen.linker import code_generator

    name = option.partition("=")[0]
    return name in _SAID_ANEW or option in code_generator.OF_CLANG or (
        name.startswith("-") and name not in _CODEGEN and not name.startswith(_TALK))
