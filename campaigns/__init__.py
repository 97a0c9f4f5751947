"""Builds public projects with ltogen, and checks that they work as they do without."""
