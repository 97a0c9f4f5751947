"""One project under test, and what its rows have to say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from bench.process import Run
from campaigns.existing.build import Build, Place, edges


@dataclass
class Subject:
    """What the rows of one project share; each build is made when a row first asks for it."""

    place: Place
    runs: int
    _copied: bool = False

    def copy_sources(self) -> None:
        """Once for all rows: each leaves the copy as it was."""
        if not self._copied:
            self.place.copy_sources()
            self._copied = True

    @property
    def taken(self) -> Build:
        """The plain build as it was taken over, up to date."""
        _ = self.taking_over
        return self._build

    @cached_property
    def taking_over(self) -> Run:
        """The run of `ltogen configure` that `taken` comes from."""
        return self.take_over_afresh()

    @cached_property
    def always(self) -> Counter[str]:
        """The edges of `taken` that run although nothing has changed."""
        self.taken.ninja()
        return edges(self.taken.ninja())

    @cached_property
    def plain(self) -> Build:
        """The plain build, made by the manifest it came with, up to date."""
        build = self.place.build("plain")
        build.configure()
        build.ninja("build.ninja")
        return build

    def take_over_afresh(self) -> Run:
        """Configure, take over and build from nothing; the run of `ltogen configure`."""
        self._build.configure()
        done = self._build.take_over()
        self._build.ninja()
        return done

    @property
    def _build(self) -> Build:
        return self.place.build("build")
