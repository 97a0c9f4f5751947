"""Which of lld's options mean the same to a thin link and to the final link of native objects.

A link with any other option is left to lld: those print what they find, write further files, say
how lld's own LTO is to run, or are unknown.
"""

from __future__ import annotations

from ltogen.linker import options as lld_options

_FLAGS = frozenset((
    "Bdynamic", "Bno-symbolic", "Bshareable", "Bstatic", "Bsymbolic", "Bsymbolic-functions",
    "Bsymbolic-non-weak", "Bsymbolic-non-weak-functions", "E", "EB", "EL", "N", "S", "X",
    "allow-multiple-definition", "allow-shlib-undefined", "apply-dynamic-relocs", "as-needed",
    "be8", "build-id", "call_shared", "check-sections", "color-diagnostics", "debug-names",
    "demangle", "dependent-libraries", "disable-new-dtags", "discard-all", "discard-locals",
    "discard-none", "dn", "dy", "eh-frame-hdr", "emit-relocs", "enable-new-dtags",
    "enable-non-contiguous-regions", "end-group", "end-lib", "error-unresolved-symbols",
    "execute-only", "export-dynamic", "fatal-warnings", "fix-cortex-a53-843419", "fix-cortex-a8",
    "force-group-allocation", "fortran-common", "gc-sections", "gdb-index", "gnu-unique",
    "ignore-data-address-equality", "ignore-function-address-equality",
    "lto-whole-program-visibility", "merge-exidx-entries", "mmap-output-file", "n", "nmagic",
    "no-allow-multiple-definition", "no-allow-shlib-undefined", "no-apply-dynamic-relocs",
    "no-as-needed", "no-check-sections", "no-color-diagnostics", "no-debug-names", "no-demangle",
    "no-dependent-libraries", "no-dynamic-linker", "no-eh-frame-hdr", "no-execute-only",
    "no-export-dynamic", "no-fat-lto-objects", "no-fatal-warnings", "no-fortran-common",
    "no-gc-sections", "no-gdb-index", "no-gnu-unique", "no-lto-whole-program-visibility",
    "no-merge-exidx-entries", "no-mmap-output-file", "no-nmagic", "no-omagic",
    "no-optimize-bb-jumps", "no-pcrel-optimize", "no-pie", "no-pic-executable",
    "no-print-gc-sections", "no-print-icf-sections", "no-relax", "no-relax-gp", "no-rosegment",
    "no-toc-optimize", "no-undefined", "no-undefined-version", "no-use-android-relr-tags",
    "no-warn-backrefs", "no-warn-common", "no-warn-ifunc-textrel", "no-warn-mismatch",
    "no-warn-symbol-ordering", "no-warnings", "no-whole-archive", "no-xosegment",
    "noinhibit-exec", "non_shared", "nostdlib", "omagic", "optimize-bb-jumps", "pcrel-optimize",
    "pic-executable", "pic-veneer", "pie", "pop-state", "push-state", "q", "relax", "relax-gp",
    "rosegment", "s", "shared", "start-group", "start-lib", "static", "strip-all", "strip-debug",
    "target1-abs", "target1-rel", "undefined-version", "unique", "use-android-relr-tags", "w",
    "warn-backrefs", "warn-common", "warn-ifunc-textrel", "warn-symbol-ordering",
    "warn-unresolved-symbols", "whole-archive", "x", "xosegment", "(", ")", "O", "g",
))
# With `=` and a value, and never with the value as the next word.
_JOINED = frozenset((
    "build-id", "call-graph-profile-sort", "color-diagnostics", "compress-debug-sections", "icf",
    "oformat", "pack-dyn-relocs", "package-metadata", "power10-stubs", "thinlto-cache-dir",
    "thinlto-jobs", "toc-optimize", "lto-sample-profile", "lto-cs-profile-file",
    "lto-basic-block-sections",
))
# Their values lead to what a graph does not know, or to another output than this.
_NOT_TAKEN = frozenset((
    "b", "format", "exclude-libs", "in-implib", "out-implib", "irpgo-profile",
    "load-pass-plugin", "lto-known-safe-vtables", "opt-remarks-filename", "opt-remarks-format",
    "opt-remarks-hotness-threshold", "opt-remarks-passes", "print-symbol-order", "remap-inputs",
    "reproduce", "thinlto-distributor-arg", "thinlto-remote-compiler-arg",
    "thinlto-remote-compiler-prepend-arg", "time-trace-granularity", "trace-symbol", "why-live",
    "y",
))
_VALUED = lld_options.TAKES_VALUE - _NOT_TAKEN
# Of the same beginning as short options with a value joined to them, and something else.
_WHOLE = frozenset(("help", "fat-lto-objects", "relocatable", "error-handling-script"))
_SHORT = frozenset("FLORTefhlmouz")
_PLUGIN = ("O0", "O1", "O2", "O3", "thinlto", "new-pass-manager")
_PLUGIN_VALUED = ("cs-profile-path=", "jobs=", "mcpu=", "sample-profile=")
# Options of LLVM's tools that clang, as a backend, does not have. The first it says in its own way.
_SAID_ANEW = ("-function-sections", "-data-sections", "-debugger-tune")
_CODEGEN = frozenset((
    "-align-loops", "-basic-block-sections", "-binutils-version", "-code-model",
    "-debug-entry-values", "-denormal-fp-math", "-denormal-fp-math-f32", "-disable-tail-calls",
    "-eabi", "-emit-call-site-info", "-emulated-tls", "-enable-jmc-instrument",
    "-enable-no-infs-fp-math", "-enable-no-nans-fp-math", "-enable-no-signed-zeros-fp-math",
    "-enable-no-trapping-fp-math", "-enable-sign-dependent-rounding-fp-math", "-enable-tlsdesc",
    "-enable-unsafe-fp-math", "-exception-model", "-filetype", "-float-abi",
    "-force-dwarf-frame-section", "-fp-contract", "-frame-pointer", "-generate-arange-section",
    "-large-data-threshold", "-march", "-mattr", "-mcpu", "-meabi", "-no-integrated-as",
    "-no-xray-index", "-relocation-model", "-separate-named-sections", "-split-machine-functions",
    "-stack-size-section", "-stack-symbol-ordering", "-stackrealign", "-strict-dwarf",
    "-thread-model", "-tls-size", "-trap-func", "-unique-basic-block-section-names",
    "-unique-section-names", "-use-ctors", "-vector-library", "-xray-function-index",
))
# Those print, and would print once for every backend.
_TALK = ("-time-passes", "-stats", "-debug", "-print", "-pass-remarks", "-info-output", "-view")


def takes(word: str, value: str) -> bool:
    """Whether a graph can follow the option `word`; `value` is the word after it."""
    name = lld_options.one_dash(word)[1:]
    head, equals, joined = name.partition("=")
    if head in ("plugin-opt", "mllvm"):
        return _takes_of_llvm(joined if equals else value)
    if head in _NOT_TAKEN or head in _WHOLE:
        return False
    if head in _VALUED if equals else name in _VALUED or name in _FLAGS:
        return True
    if equals and head in _JOINED:
        return True
    return name.startswith("lto-O") or (word[:2] != "--" and word[1:2] in _SHORT)


def _takes_of_llvm(said: str) -> bool:
    name = said.partition("=")[0]
    if not name.startswith("-"):
        return said in _PLUGIN or said.startswith(_PLUGIN_VALUED)
    return name in _SAID_ANEW or (name not in _CODEGEN and not name.startswith(_TALK))


def is_word(word: str) -> bool:
    """Whether an option is one of several letters, not a short one with its value joined to it."""
    name = lld_options.one_dash(word)[1:].partition("=")[0]
    return name in _FLAGS or (len(name) > 1 and name in lld_options.TAKES_VALUE) or name in _JOINED
