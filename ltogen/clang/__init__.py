"""The compiler's command line: which phase sees which flag, and which program is a compiler."""
