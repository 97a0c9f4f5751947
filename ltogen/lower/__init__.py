"""Lowers link units to actions; each LTO mode has its own file."""
