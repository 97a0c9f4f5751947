"""What every other package stands on: files, processes, formats of files. Standard library only."""
