"""Programs that run in the Python environment of BuildGrid, which has gRPC and the protocol."""
