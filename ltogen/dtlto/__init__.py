"""`ltogen-distributor`: the backends of a link that lld itself does, for its DTLTO protocol.

lld (`--thinlto-distributor`, since LLVM 21) does thin link and final link. It asks the distributor
for the native objects between, by a JSON file that lists one compile for each.
"""
