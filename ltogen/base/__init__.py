"""What all other packages use: files, processes, file formats. Standard library only."""
