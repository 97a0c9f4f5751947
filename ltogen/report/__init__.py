"""Reports from the log of a build, and forecasts of other builds."""
