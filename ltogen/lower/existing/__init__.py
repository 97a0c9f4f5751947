"""From the commands of an existing build to a plan."""
