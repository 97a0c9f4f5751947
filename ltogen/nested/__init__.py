"""A Ninja that another tool's link waits for: in its jobserver, and ended with it."""
