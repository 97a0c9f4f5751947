"""What describes a build, to link units: a project file, another generator's build."""
