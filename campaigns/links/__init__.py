"""Public projects with builds of their own, linked by `ld.ltogen`: do they build, and how fast."""
