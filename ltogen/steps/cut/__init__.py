"""Cuts one module of IR into codegen units: parsing, clusters, places of the cuts, output."""
