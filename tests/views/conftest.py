"""Simulated labs, made once."""

from pathlib import Path

import numpy as np
import pytest

from tests.views.simulated_lab import Simulated, simulate


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    return simulate(_folder(tmp_path_factory, "world"), np.random.default_rng(0))


@pytest.fixture(scope="session")
def own_text(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    rng = np.random.default_rng(1)
    return simulate(_folder(tmp_path_factory, "text"), rng, world=False, seeds=2, widths=(8, 16, 32, 64, 96))


@pytest.fixture(scope="session")
def holed(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Five rungs, of which one in the middle and the held-out one diverged."""
    rng = np.random.default_rng(2)
    return simulate(_folder(tmp_path_factory, "holed"), rng, widths=(8, 16, 24, 32, 48), missing=(24, 48))


def _folder(factory: pytest.TempPathFactory, name: str) -> Path:
    return factory.mktemp(name) / "lab"
