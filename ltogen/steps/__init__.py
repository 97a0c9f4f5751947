"""What the graph runs at build time: small, quick to start, the standard library alone."""
