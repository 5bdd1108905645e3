"""One dial derives a rung; what cannot work is refused; sizes are those of the real module."""

from dataclasses import replace
from typing import Any

import pytest

from skillscale.errors import SkillscaleError
from skillscale.models import hardware
from skillscale.models.llama import llama_of
from skillscale.models.rung import (
    Rung,
    depth_of_width,
    ffn_width_of_width,
    n_heads_of_width,
    precision_of_width,
    rung_of_width,
)


def rung(width: int = 16, **overrides: Any) -> Rung:
    given = {"vocab_size": 22, "context": 16, "n_tokens": 20_000, "seed": 0, "pad_id": 0, "eos_id": 1}
    return rung_of_width(width, **{**given, **overrides})


@pytest.mark.parametrize("width", [4, 6, 8, 10, 24, 36, 96, 128])
def test_sizes_are_those_of_the_module(width: int) -> None:
    small = rung(width)
    counts = {name: p.numel() for name, p in llama_of(small).named_parameters()}
    outside = sum(n for name, n in counts.items() if "embed_tokens" not in name and "lm_head" not in name)
    assert (small.n_params, small.n_params_total) == (outside, sum(counts.values()))


def test_the_pocket_ladder_spans_from_under_2k_to_over_200k_parameters() -> None:
    sizes = [rung(width).n_params for width in (8, 16, 24, 32, 48, 64, 96)]
    assert sizes == sorted(sizes)
    assert sizes[0] < 2_000
    assert sizes[-1] == 2 * (12 * 96**2 + 2 * 96) + 96  # 8/3 of 96 is whole: 12 d² a block, and the norms


def test_width_768_is_a_100m_parameter_model_of_16_blocks() -> None:
    large = rung(768, vocab_size=32_000, context=1024)
    assert (large.depth, large.n_heads, large.head_width, large.ffn_width) == (16, 12, 64, 2048)
    assert large.n_params >= 100e6


def test_every_even_width_has_a_shape_that_works() -> None:
    for width in range(4, 1025, 2):
        n_heads = n_heads_of_width(width)
        assert width % n_heads == 0
        assert width // n_heads % 2 == 0
        assert abs(ffn_width_of_width(width) / width - 8 / 3) < 0.7
        assert depth_of_width(width) >= 2


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"width": 15}, "odd number of dimensions"),
        ({"width": 3}, "choose 4 or more"),
        ({"n_heads": 3}, "multiple of 3 heads"),
        ({"n_heads": 16}, "odd number of dimensions"),
        ({"context": 1}, "predicts nothing"),
        ({"learning_rate": 0.0}, "learning rate"),
        ({"marks": (10_000, 5_000, 20_000)}, "must rise"),
        ({"marks": (10_000,)}, "must rise"),
        ({"warmup_tokens": 4_001}, "warm-up"),
        ({"decay_share": 1.0}, "decay share"),
        ({"pad_id": 22}, "outside 22 words"),
        ({"precision": "fp8"}, "choose fp32 or bf16"),
        ({"batch_rows": 0}, "at least 1"),
        ({"n_tokens": 0}, "at least 1"),
        ({"colour": "red"}, "no such setting"),
    ],
)
def test_what_cannot_work_is_refused(overrides: dict[str, Any], says: str) -> None:
    with pytest.raises(SkillscaleError, match=says):
        rung(**overrides)


def test_bf16_is_for_rungs_wide_enough_on_machines_that_have_it() -> None:
    assert [precision_of_width(w, quick_bf16=True) for w in (8, 16, 24, 96)] == ["fp32", "fp32", "bf16", "bf16"]
    assert precision_of_width(96, quick_bf16=False) == "fp32"
    assert rung(96, precision="fp32").precision == "fp32"


def test_compilation_is_for_long_runs_where_there_is_a_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware.shutil, "which", lambda name: "/usr/bin/gcc" if name == "gcc" else None)
    assert (hardware.compilation_pays(100), hardware.compilation_pays(1000)) == (False, True)
    monkeypatch.setattr(hardware.shutil, "which", lambda name: None)
    assert not hardware.compilation_pays(1000)


def test_the_name_of_a_run_holds_every_setting_and_the_corpus() -> None:
    first = rung()
    assert first.run_name("a").startswith("d16-s0-")
    names = {first.run_name("a"), first.run_name("b")}
    for other in ({"seed": 1}, {"learning_rate": 0.001}, {"marks": (5_000, 20_000)}, {"compiled": True}):
        names.add(replace(first, **other).run_name("a"))
    assert len(names) == 6
    assert first.run_name("a") == rung().run_name("a")
