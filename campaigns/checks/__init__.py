"""zstd and Lua, built by each toolchain and mode, put to use."""
