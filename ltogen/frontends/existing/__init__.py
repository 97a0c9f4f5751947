"""A build that another tool described: its commands, and the links taken over."""
