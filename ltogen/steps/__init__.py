"""The steps that the graph runs at build time: small, quick to start, standard library only."""
