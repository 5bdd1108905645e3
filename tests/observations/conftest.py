"""Rows to store."""

from collections.abc import Callable

import pytest

from skillscale.observations.observation import Observation

Make = Callable[..., Observation]


@pytest.fixture
def observed() -> Make:
    """Makes an observation; any field may be given."""

    def make(**given: object) -> Observation:
        fields = {
            "family": "pocket-7",
            "run": "d8-s0-abc",
            "model": "d8-s0-abc/tokens-1000",
            "task": "language",
            "metric": "loss_nats",
        }
        if "missing" not in given:
            fields["value"] = 2.5
        return Observation(**(fields | given))

    return make
