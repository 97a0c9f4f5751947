"""The store: native objects by the key of their backend, for all builds of one user."""
