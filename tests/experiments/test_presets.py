"""A preset is a whole configuration; what cannot work is refused when it is made."""

from dataclasses import fields, replace

import pytest

from skillscale.corpora.packed import CorpusCard
from skillscale.errors import SkillscaleError
from skillscale.experiments.feasibility import machine_memory_bytes, refuse_infeasible, train_bytes
from skillscale.experiments.presets import (
    PARSERS,
    PRESETS,
    LadderConfig,
    nano,
    pocket,
    preset_named,
    rungs_of,
    with_overrides,
)

CARD = CorpusCard(
    name="pocket-7",
    kind="world",
    context=64,
    vocab_size=1000,
    pad_id=0,
    eos_id=1,
    n_rows=100,
    n_tokens=6000,
    held_out_bytes=10,
    held_out_tokens=5,
    settings={},
)


@pytest.mark.parametrize("name", PRESETS)
def test_every_rung_of_a_preset_can_be_made(name: str) -> None:
    config = preset_named(name)
    rungs = rungs_of(config, replace(CARD, context=config.context))
    assert config.preset == name
    assert [rung.width for rung in rungs] == list(config.widths)
    assert {rung.context for rung in rungs} == {config.context}
    assert all(rung.marks == config.marks and rung.n_tokens == config.n_tokens for rung in rungs)
    sizes = [rung.n_params for rung in rungs]
    assert sizes == sorted(set(sizes))


def test_the_sizes_that_were_promised() -> None:
    pocket_sizes = [rung.n_params for rung in rungs_of(preset_named("pocket"), CARD)]
    assert len(pocket_sizes) >= 7
    assert pocket_sizes[0] < 2_000
    assert pocket_sizes[-1] >= 200_000
    top = rungs_of(preset_named("gpu"), CARD)[-1]
    assert top.n_params >= 100_000_000
    assert (top.precision, top.compiled) == ("bf16", True)


def test_marks_are_shares_of_the_tokens() -> None:
    assert pocket().marks == (750_000, 1_500_000, 3_000_000, 6_000_000)


def test_each_width_is_trained_with_each_seed() -> None:
    rungs = rungs_of(with_overrides(nano(), {"widths": "8,12", "seeds": "0,1,2"}), CARD)
    assert [(rung.width, rung.seed) for rung in rungs] == [(w, s) for w in (8, 12) for s in (0, 1, 2)]


def test_overrides_are_read_as_their_fields() -> None:
    config = with_overrides(
        pocket(),
        {
            "n_tokens": "1.5M",
            "widths": "8, 16",
            "mark_shares": "0.5,1",
            "learning_rate": "3e-3",
            "compiled": "True",
            "precision": "bf16",
            "n_workers": "3",
            "batch_rows": "1_6",
        },
    )
    assert config == replace(
        pocket(),
        n_tokens=1_500_000,
        widths=(8, 16),
        mark_shares=(0.5, 1.0),
        learning_rate=0.003,
        compiled=True,
        precision="bf16",
        n_workers=3,
        batch_rows=16,
    )
    assert config.workers == 3
    assert {rung.learning_rate for rung in rungs_of(config, CARD)} == {0.003}


def test_every_setting_but_the_name_can_be_overridden() -> None:
    assert set(PARSERS) == {field.name for field in fields(LadderConfig)} - {"preset"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"width": "8"}, "no setting 'width'. It has batch_rows,"),
        ({"n_tokens": "many"}, "n_tokens=many was asked for, but n_tokens is a whole number"),
        ({"n_tokens": "1.5"}, "is a whole number"),
        ({"n_tokens": "nan"}, "is a whole number"),
        ({"n_tokens": "inf"}, "is a whole number"),
        ({"compiled": "maybe"}, "is true or false"),
        ({"precision": "fp8"}, "is fp32 or bf16"),
        ({"widths": "8,,16"}, "is a list of whole numbers"),
        ({"widths": "0"}, "choose even ones of 4 to 65,536"),
        ({"widths": "8,17"}, "choose even ones of 4 to 65,536"),
        ({"widths": "8,8"}, "repeat themselves"),
        ({"seeds": "-1"}, "a seed is negative"),
        ({"n_tokens": "0"}, "must be at least 1"),
        ({"n_workers": "0"}, "must be at least 1"),
        ({"mark_shares": "0.5,0.25,1"}, "rise to 1"),
        ({"mark_shares": "0.5"}, "rise to 1"),
        ({"mark_shares": "nan,1"}, "rise to 1"),
    ],
)
def test_bad_settings_are_refused_in_one_sentence(settings: dict[str, str], said: str) -> None:
    with pytest.raises(SkillscaleError) as raised:
        with_overrides(nano(), settings)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(SkillscaleError, match="Choose one of desk, gpu, nano, pocket"):
        preset_named("huge")


def test_what_does_not_fit_into_memory_is_refused() -> None:
    rungs = rungs_of(preset_named("gpu"), replace(CARD, context=256))
    with pytest.raises(
        SkillscaleError, match=r"Training d768 at once takes at least \d+\.\d GiB and there are 4\.0 GiB"
    ):
        refuse_infeasible(rungs, n_workers=1, memory_bytes=4 * 2**30)
    refuse_infeasible(rungs, n_workers=1, memory_bytes=141 * 10**9)


def test_the_largest_rungs_are_counted_for_each_worker() -> None:
    rungs = rungs_of(pocket(), CARD)
    one = train_bytes(rungs[-1]) + 400 * 2**20
    refuse_infeasible(rungs, n_workers=1, memory_bytes=one)
    with pytest.raises(SkillscaleError, match="d96, d64 at once"):
        refuse_infeasible(rungs, n_workers=2, memory_bytes=one)


def test_memory_of_this_machine_is_plausible() -> None:
    assert 2**28 < machine_memory_bytes() < 2**46


def test_only_long_wide_rungs_are_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skillscale.models.hardware.shutil.which", lambda name: f"/usr/bin/{name}")
    assert not any(rung.compiled for rung in rungs_of(preset_named("pocket"), CARD))
    desk = {rung.width: rung.compiled for rung in rungs_of(preset_named("desk"), replace(CARD, context=128))}
    assert desk[384] and not desk[64]
    told = with_overrides(preset_named("desk"), {"compiled": "false"})
    assert not any(rung.compiled for rung in rungs_of(told, replace(CARD, context=128)))
