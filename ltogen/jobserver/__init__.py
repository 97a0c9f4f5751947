"""GNU make's jobserver: one pool of tokens for every job of a build, at any depth."""
