"""Questions are of the kind they say, and the two checks agree with the world and not with each other where only the result is right."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.corpora.world.lexicon import SYMBOLS
from skillscale.errors import SkillscaleError
from skillscale.experiments.reinforce.chains import Chain, ChainWorld
from skillscale.tasks.catalogue import TASKS
from tests.experiments.reinforce.even_world import small_corpus
from tests.tiny_corpus import write_tiny_corpus

WORDS = (*SYMBOLS[:6], "=", ":", "\n", "babo", "")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ChainWorld:
    return ChainWorld(small_corpus(tmp_path_factory.mktemp("world")))


def drawn(world: ChainWorld, k: int, *, unseen: bool, n: int = 200) -> list[Chain]:
    return world.draw(np.random.default_rng(0), k=k, n=n, unseen=unseen)


@pytest.mark.parametrize("k", [2, 3, 4, 8])
def test_seen_tuples_hold_nothing_held_out_and_unseen_ones_are(world: ChainWorld, k: int) -> None:
    def names(chain: Chain) -> tuple[str, ...]:
        return tuple(str(world.customs.names[custom]) for custom in chain.customs)

    seen, unseen = drawn(world, k, unseen=False), drawn(world, k, unseen=True)
    assert len(seen) == len(unseen) == 200
    assert {chain.k for chain in (*seen, *unseen)} == {k}
    assert all(world.customs.held_out(names(chain)) for chain in unseen)
    for chain in seen:
        own = names(chain)
        assert not any(world.customs.held_out(own[i:j]) for i in range(k) for j in range(i + 1, k + 1))
    assert drawn(world, k, unseen=False) == seen


def test_questions_and_answers_are_the_worlds_own(tmp_path: Path, world: ChainWorld) -> None:
    corpus = small_corpus(tmp_path)
    by_prefix = {cloze.prefix: cloze for cloze in corpus.clozes if cloze.task == "chains-worked"}
    assert by_prefix
    for prefix, cloze in by_prefix.items():
        _, *customs, symbol, _ = prefix.split()
        chain = Chain(customs=tuple(world.customs.rank[name] for name in customs), symbol=SYMBOLS.index(symbol))
        assert world.prompt(chain) == prefix
        assert world.answer(chain) == cloze.answer.strip()


def test_a_right_answer_passes_both_checks_and_each_slip_fails_the_second(world: ChainWorld) -> None:
    for chain in drawn(world, 3, unseen=True, n=50):
        words = world.answer(chain).split()
        assert world.result_is_right(chain, " ".join(words)) and world.every_step_is_right(chain, " ".join(words))
        for place in range(len(words)):
            wrong = [*words]
            wrong[place] = next(symbol for symbol in SYMBOLS if symbol != words[place])
            assert not world.every_step_is_right(chain, " ".join(wrong))
        hacked = ["= ", SYMBOLS[0], " = ", words[-1]]  # the right result of no work
        assert world.result_is_right(chain, "".join(hacked)) and not world.every_step_is_right(chain, "".join(hacked))


@given(said=st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join) | st.text(max_size=60))
def test_the_checks_survive_any_text_and_the_second_is_the_stricter(world: ChainWorld, said: str) -> None:
    for chain in drawn(world, 2, unseen=False, n=4):
        right, strict = world.result_is_right(chain, said), world.every_step_is_right(chain, said)
        assert right or not strict
        assert not strict or said.split() == world.answer(chain).split()


def test_the_reward_is_how_the_task_judges(world: ChainWorld, tmp_path: Path) -> None:
    from skillscale.tasks.item import Item

    task, rng = TASKS["chains-worked"], np.random.default_rng(1)
    for chain in drawn(world, 2, unseen=True, n=50):
        item = Item(
            item_id="1", task=task.name, stratum="all", prefix=world.prompt(chain), answer=" " + world.answer(chain)
        )
        said = " ".join(rng.permutation(world.answer(chain).split()))
        assert world.result_is_right(chain, said) == task.judge(item, said)


def test_other_text_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SkillscaleError, match="tiny is no pocket world with customs"):
        ChainWorld(write_tiny_corpus(tmp_path))
