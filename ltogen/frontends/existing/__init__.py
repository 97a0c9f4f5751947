"""A build by another generator: its commands, and the links taken over."""
