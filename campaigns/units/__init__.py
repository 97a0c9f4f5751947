"""Codegen units: the same program, sooner."""
