"""The pocket world says what it knows: exact probabilities, right answers, combinations it never writes."""

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from skillscale.corpora.world import SHARES, Stream, World, WorldConfig
from skillscale.corpora.world.lexicon import ADJECTIVES, COUNTS, EOS, NOUNS, SYMBOLS, vocabulary, world_tokenizer
from skillscale.corpora.world.strands.customs import Customs
from skillscale.corpora.world.strands.knowledge import Knowledge
from skillscale.errors import SkillscaleError
from tests.corpora.world.frequencies import assert_frequencies_are_stated

# Few people and customs, so that the same prefixes come often enough to be counted.
SMALL = WorldConfig(seed=3, n_people=48, n_customs=64)


@pytest.fixture(scope="module")
def world() -> World:
    return World(WorldConfig(seed=3))


@pytest.mark.parametrize("strand", list(SHARES))
def test_token_frequencies_are_the_stated_probabilities(strand: str) -> None:
    """After each frequent prefix, the next tokens come as often as their log-probabilities say (chi-square)."""
    draft = World(SMALL).strands[strand].compose(np.random.default_rng(0), 40_000)
    assert_frequencies_are_stated(draft, places=6, frequent=600, at_least=5)


def test_entropy_is_the_mean_over_any_documents(world: World) -> None:
    entropy = world.entropy(n_chunks=2)
    documents = list(islice(world.documents(Stream.CLOZES, with_clozes=False), 6_000))
    nats = -sum(document.logprob_nats or 0.0 for document in documents)
    n_tokens = sum(len(document.tokens) + 1 for document in documents)
    assert nats / n_tokens == pytest.approx(entropy["all"].nats, abs=6 * entropy["all"].stderr)
    assert set(entropy) == {*SHARES, "all"}
    assert entropy["all"].nats < np.log(len(vocabulary()))


def test_one_word_is_one_token(world: World) -> None:
    tokenizer = world_tokenizer()
    assert 500 <= len(vocabulary()) <= 1_500
    for document in islice(world.documents(Stream.HELD_OUT), 500):
        assert tuple(tokenizer.encode(document.text, add_special_tokens=False).ids) == document.tokens
        assert tokenizer.decode(list(document.tokens)) == document.text


def test_same_seed_same_text_and_other_seed_other_facts(world: World) -> None:
    again, other = World(world.config), World(WorldConfig(seed=4))
    assert (again.chunk(Stream.TRAINING, 5).tokens_t == world.chunk(Stream.TRAINING, 5).tokens_t).all()
    mine, theirs = world.strands["customs"], other.strands["customs"]
    assert isinstance(mine, Customs) and isinstance(theirs, Customs)
    assert (mine.table_fs != theirs.table_fs).mean() > 0.8


def test_streams_share_no_random_numbers(world: World) -> None:
    first = {stream: world.rng(stream, part).random(4).tobytes() for stream in Stream for part in range(3)}
    assert len({world.rng(stream, part).random(4).tobytes() for stream in Stream for part in range(3)}) == 15
    assert len(first) == len(Stream)


def test_training_text_has_no_held_out_combination(world: World) -> None:
    """Neither a held-out tuple of customs, alone or within a longer chain, nor phrase, nor question."""
    customs, knowledge = world.strands["customs"], world.strands["knowledge"]
    assert isinstance(customs, Customs) and isinstance(knowledge, Knowledge)
    tuples, phrases, n_questions = set(), set(), 0
    for index in range(4):
        chunk = world.chunk(Stream.TRAINING, index)
        draft = chunk.drafts["customs"]
        tuples |= {customs.tuple_of(draft, row) for row in np.flatnonzero(draft.plan["k"] > 1)}
        translation = chunk.drafts["translation"].plan
        phrases |= set(zip(translation["adjectives"].ravel(), translation["nouns"].ravel(), strict=True))
        plan = chunk.drafts["knowledge"].plan
        asked = knowledge.never_asked_p3[plan["person"][plan["asks"]], plan["fact"][plan["asks"]]]
        n_questions += len(asked)
        assert not asked.any()
    runs = {chain[i:j] for chain in tuples for i in range(len(chain)) for j in range(i + 2, len(chain) + 1)}
    assert len(runs) > 3_000 and n_questions > 1_000
    assert not any(customs.held_out(run) for run in runs)
    held_out = World(world.config).strands["translation"].held_out_an  # type: ignore[attr-defined]
    assert not any(held_out[adjective, noun] for adjective, noun in phrases if adjective >= 0)


@pytest.mark.parametrize("k", [2, 3, 5])
def test_a_fifth_of_all_tuples_is_held_out(world: World, k: int) -> None:
    customs, rng = world.strands["customs"], np.random.default_rng(0)
    assert isinstance(customs, Customs)
    drawn = [tuple(str(name) for name in rng.choice(customs.names, k)) for _ in range(8_000)]
    assert np.mean([customs.held_out(names) for names in drawn]) == pytest.approx(0.2, abs=0.02)
    assert not customs.held_out(drawn[0][:1])


def test_clozes_are_right_and_their_wrong_answers_wrong(world: World) -> None:
    """Each task's answers are worked out anew from the prefix alone, where that can be done without the world."""
    clozes = world.clozes(n_per_stratum=20, seen_within=200_000)
    tasks = {cloze.task for cloze in clozes}
    # pieces are written, not answered
    several = {"chains-direct", "chains-worked", "checking", "comparison"}
    assert tasks == {*SHARES} - {"pieces", "verifying"} | several
    for cloze in clozes:
        assert cloze.answer not in cloze.distractors
        assert cloze.answer.startswith(" ") and all(wrong.startswith(" ") for wrong in cloze.distractors)
        known = set(vocabulary())
        assert set(f"{cloze.prefix}{cloze.answer}".split()) <= known
    for cloze in (cloze for cloze in clozes if cloze.task == "arithmetic"):
        kind, rest = cloze.prefix.split(" ", 1)
        left, right = (int(side.replace(" ", "")[::-1]) for side in rest.rstrip(" =").replace("-", "+").split("+"))
        result = left + right if kind == "sum" else left - right
        assert int(cloze.answer.replace(" ", "")[::-1]) == result
    verdicts = Counter((cloze.stratum, cloze.answer) for cloze in clozes if cloze.task == "sentiment")
    assert set(verdicts.values()) == {10} and len(verdicts) == 6
    for cloze in (cloze for cloze in clozes if cloze.task == "spatial"):
        assert cloze.answer.strip() == where(cloze.prefix)
    for cloze in (cloze for cloze in clozes if cloze.task == "sentiment"):
        assert cloze.answer.strip() == verdict(cloze.prefix)


def where(story: str) -> str:
    """Follow the story."""
    room: dict[str, str] = {}
    *moves, question = story.removeprefix("story ").split(" . ")
    for move in moves:
        actor, verb, place = move.split()
        room[actor] = place if verb == "enters" else room[place]
    return room[question.split()[2]]


def verdict(review: str) -> str:
    from skillscale.corpora.world.lexicon import PRAISE

    clauses = review.removeprefix("review : ").removesuffix(" . verdict").split(" , ")
    praised = sum((clause.split()[-1] in PRAISE) != (" not " in clause) for clause in clauses)
    return "good" if 2 * praised > len(clauses) else "bad"


def test_chains_apply_each_custom_in_turn_and_seen_ones_occur_in_training(world: World) -> None:
    customs = world.strands["customs"]
    assert isinstance(customs, Customs)
    seen_within = 100_000
    clozes = [c for c in world.clozes(n_per_stratum=15, seen_within=seen_within) if c.task.startswith("chains")]
    trained: set[tuple[str, ...]] = set()
    n_tokens = index = 0
    while n_tokens < seen_within:
        chunk = world.chunk(Stream.TRAINING, index)
        trained |= {customs.tuple_of(chunk.drafts["customs"], row) for row in range(len(chunk.drafts["customs"]))}
        index, n_tokens = index + 1, n_tokens + len(chunk.tokens_t)
    for cloze in clozes:
        count, *names, symbol, _ = cloze.prefix.split()
        assert COUNTS.index(count) + 1 == len(names) == cloze.k
        steps = []
        for name in names:
            symbol = SYMBOLS[customs.table_fs[customs.rank[name], SYMBOLS.index(symbol)]]
            steps.append(symbol)
        assert cloze.answer.split() == ([*steps, "=", symbol] if cloze.task == "chains-worked" else [symbol])
        assert customs.held_out(tuple(names)) == cloze.stratum.endswith("unseen")
        if cloze.stratum.endswith(" seen"):
            assert tuple(names) in trained
    assert {cloze.k for cloze in clozes} == set(range(2, 9))


def test_documents_know_their_skills(world: World) -> None:
    for document in islice(world.documents(Stream.HELD_OUT), 400):
        assert document.skills and len(set(document.skills)) == len(document.skills)
        assert document.logprobs is not None and len(document.logprobs) == len(document.tokens) + 1
        if document.strand == "translation":
            english = document.text.split(" : ")[0].split()[1:]
            expected = {f"word {word}" for word in english if word in (*NOUNS, *ADJECTIVES)}
            assert expected <= set(document.skills)
    assert vocabulary()[EOS] == 1


def test_a_world_that_cannot_be_is_refused() -> None:
    with pytest.raises(SkillscaleError, match="No strand is called poetry"):
        WorldConfig(shares={"poetry": 1.0})
    with pytest.raises(SkillscaleError, match="one above it"):
        WorldConfig(shares={"grammar": 0.0})
    with pytest.raises(SkillscaleError, match="1-2304 people"):
        WorldConfig(n_people=5_000)
