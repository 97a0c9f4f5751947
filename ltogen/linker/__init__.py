"""The linker's command line, read in one place for every other package."""
