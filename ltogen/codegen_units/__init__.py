"""In how many codegen units sources are compiled, and what they cost."""
