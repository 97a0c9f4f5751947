"""Random edits of public projects, and what a build after each of them costs."""
