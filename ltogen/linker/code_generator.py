"""Options of LLVM's code generator that clang, as a backend, has under other names."""

from __future__ import annotations

_LIBRARIES = ("Accelerate", "AMDLIBM", "ArmPL", "Darwin_libsystem_m", "MASSV", "SVML", "none")
# By what lld is told: what clang is told.
OF_CLANG = {
    "-emulated-tls": ("-femulated-tls",),
    "-enable-tlsdesc": ("-Xclang", "-enable-tlsdesc"),
    "-split-machine-functions": ("-fsplit-machine-functions",),
    "-stack-size-section": ("-Xclang", "-fstack-size-section"),
    "-vector-library=LIBMVEC": ("-fveclib=libmvec",),
    "-vector-library=sleefgnuabi": ("-fveclib=SLEEF",),
    **{f"-vector-library={name}": (f"-fveclib={name}",) for name in _LIBRARIES},
}
