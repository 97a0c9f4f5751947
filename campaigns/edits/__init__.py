"""Random edits of public projects: each build after one must be what a build from nothing is."""
