"""What the log of a build says of it, and of builds that were not made."""
