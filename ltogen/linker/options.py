"""What lld's options take: found by asking lld 19 and 22 for each option that their help names."""

from __future__ import annotations

# The next word, or what follows `=`, names a file that lld reads.
READS = frozenset((
    "T", "dT", "script", "default-script", "version-script", "dynamic-list",
    "export-dynamic-symbol-list", "R", "just-symbols", "symbol-ordering-file",
    "call-graph-ordering-file", "retain-symbols-file", "in-implib", "irpgo-profile"))
# The next word is a value that is no file to read.
_VALUE = frozenset((
    "F", "L", "O", "b", "e", "f", "h", "l", "m", "o", "u", "y", "z",
    "Map", "Tbss", "Tdata", "Ttext", "android-memtag-mode", "auxiliary", "compress-sections",
    "defsym", "dependency-file", "dynamic-linker", "entry", "error-handling-script", "error-limit",
    "exclude-libs", "export-dynamic-symbol", "filter", "fini", "format", "hash-style", "image-base",
    "init", "keep-unique", "library", "library-path", "load-pass-plugin", "lto-known-safe-vtables",
    "mllvm", "opt-remarks-filename", "opt-remarks-format", "opt-remarks-hotness-threshold",
    "opt-remarks-passes", "orphan-handling", "out-implib", "output", "plugin", "plugin-opt",
    "print-symbol-order", "remap-inputs", "reproduce", "rpath", "rpath-link", "section-start",
    "shuffle-sections", "soname", "sort-section", "split-stack-adjust-size", "sysroot", "target2",
    "thinlto-cache-policy", "thinlto-distributor-arg", "thinlto-remote-compiler-arg",
    "thinlto-remote-compiler-prepend-arg", "threads", "time-trace-granularity", "trace-symbol",
    "undefined", "undefined-glob", "unresolved-symbols", "warn-backrefs-exclude", "why-live",
    "wrap"))
TAKES_VALUE = READS | _VALUE


def one_dash(word: str) -> str:
    """An option as lld knows it, whichever way it is written: `--wrap` is `-wrap`."""
    return word[1:] if word.startswith("--") else word


def takes_next(word: str) -> bool:
    """Whether the word after this one is its value."""
    return word[:1] == "-" and one_dash(word)[1:] in TAKES_VALUE
