"""Into how many codegen units sources are cut, and the seconds that decide it."""
