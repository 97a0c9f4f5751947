"""Random manifests, and random damage to them: ltogen reads what Ninja reads, and nothing else.

`LTOGEN_EXAMPLES=200` tries so many times twenty of each, and `LTOGEN_SEED` other ones; `pytest -rP`
then tells how many of them Ninja took.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from tests.support.manifest_oracle import Files, agree
from tests.support.manifests import manifests, mutations

_BATCHES = int(os.environ.get("LTOGEN_EXAMPLES", "4"))
_SEED = int(os.environ.get("LTOGEN_SEED", "0"))


@pytest.mark.parametrize("strategy", [manifests(), mutations()], ids=["sound", "damaged"])
def test_read_as_ninja_does(strategy: SearchStrategy[Files]) -> None:
    tally: Counter[str] = Counter()

    # Hypothesis soon goes on with variations of what it has: it is asked anew before that.
    for batch in range(_BATCHES):
        @seed(f"{_SEED} {batch}")
        @settings(max_examples=20, deadline=None, database=None,
                  phases=(Phase.generate, Phase.shrink),
                  suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large))
        @given(strategy)
        def check(files: Files) -> None:
            with tempfile.TemporaryDirectory(prefix="ltogen-") as folder:
                taken = agree(Path(folder), files) is not None
            tally["taken" if taken else "refused"] += 1

        check()
    print(dict(tally))
