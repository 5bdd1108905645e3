"""What a person reads of a lab on the terminal."""

from typing import Any

from skillscale.cli.telling import tell_lab


def told(low: float, high: float, entropy: float | None) -> str:
    fit: dict[str, Any] = {
        "equation": "L(N) = E",
        "params": {"E": 1.5},
        "intervals": {"E": {"low": low, "high": high}},
        "level": 0.9,
        "status": "converged",
        "n_rows": 9,
        "starts": 64,
        "starts_at_optimum": 64,
        "excluded": [],
    }
    empty: dict[str, Any] = {"rungs": [], "forecast": None, "classes": [], "problems": [], "missing": [], "report": "r"}
    return tell_lab(empty | {"fit": fit, "entropy_nats": None if entropy is None else {"value": entropy}})


def test_a_floor_that_misses_the_true_entropy_is_told() -> None:
    assert "floor E lies above the true entropy" in told(1.45, 1.55, 1.4)
    assert "floor E lies below the true entropy" in told(1.25, 1.35, 1.4)
    assert "floor" not in told(1.35, 1.55, 1.4)
    assert "floor" not in told(1.45, 1.55, None)
