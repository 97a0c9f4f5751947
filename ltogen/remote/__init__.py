"""A client of Remote Execution API servers (version 2), for asyncio.

It needs what `ltogen[remote]` installs, and is imported by those alone who mean to use it. gRPC has
a log of its own on stderr; GRPC_VERBOSITY=NONE in the environment of the process silences it.
"""
