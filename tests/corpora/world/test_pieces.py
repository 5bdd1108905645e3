"""Pieces: exact probabilities, sets that never meet, clauses that are right, and a verifier that agrees with a second opinion."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.corpora.world import Stream, World, WorldConfig
from skillscale.corpora.world.corpus import LONGEST
from skillscale.corpora.world.draft import Draft
from skillscale.corpora.world.lexicon import CATEGORIES, PIECE_SKILLS, TOPICS, words
from skillscale.corpora.world.pieces.clauses import WRITERS
from skillscale.corpora.world.pieces.constructions import GAPS, SKILLS, gaps_of, longest_piece, skill_of
from skillscale.corpora.world.pieces.facts import N_TOGETHER, completions, draw_meetings
from skillscale.corpora.world.pieces.telling import Telling
from skillscale.corpora.world.pieces.truth import CHECKS, Truths, truths_of
from skillscale.corpora.world.pieces.verifier import PieceVerdict, verify_piece
from skillscale.corpora.world.strands.pieces import MAX_K, Pieces, pieces_of
from skillscale.errors import SkillscaleError
from tests.corpora.world.corruptions import corrupted
from tests.corpora.world.frequencies import assert_frequencies_are_stated
from tests.corpora.world.piece_oracle import Oracle

TOPIC = "garden"


@pytest.fixture(scope="module")
def pieces() -> Pieces:
    return pieces_of(World(WorldConfig(seed=3)))


@pytest.fixture(scope="module")
def truths(pieces: Pieces) -> Truths:
    return truths_of(pieces.facts)


def text_of(draft: Draft, row: int) -> str:
    return " ".join(draft.words(row)).split(" : ", 1)[1]


def test_topics_have_words_of_their_own_and_skills_names_that_no_clause_says() -> None:
    things = [thing for some in TOPICS.values() for thing in some]
    assert len(TOPICS) == 24 and len(set(things)) == len(things) == 96
    kind_of = {thing: kind for kind, some in CATEGORIES.items() for thing in some}
    assert all(len({kind_of[thing] for thing in some}) == len(some) for some in TOPICS.values())
    said = {word for one in SKILLS.values() for form in one.forms for gap in gaps_of(form) for word in gap}
    assert len(SKILLS) == 28 and said.isdisjoint(SKILLS)
    assert set(SKILLS) == set(PIECE_SKILLS) == set(WRITERS) == set(CHECKS)


def test_a_clause_has_the_form_of_one_skill_only() -> None:
    forms = [(one.name, form) for one in SKILLS.values() for form in one.forms]
    for (name, form), (other, another) in combinations(forms, 2):
        mine, theirs = gaps_of(form), gaps_of(another)
        apart = len(mine) != len(theirs) or any(a.isdisjoint(b) for a, b in zip(mine, theirs, strict=True))
        assert apart, f"{name} and {other}"
    for one in SKILLS.values():
        example = tuple(one.example.split())
        assert len(example) in {len(form.split()) for form in one.forms}
        assert not set(one.example.split()) - {word for gap in GAPS.values() for word in gap} - set(words())


def test_eight_skills_with_their_prompt_fit_into_a_context_of_64() -> None:
    assert longest_piece(8) == 64
    assert longest_piece(MAX_K) == LONGEST + 1  # the end token before it is counted, too


@pytest.mark.parametrize(
    "skills",
    [
        *((skill,) for skill in PIECE_SKILLS if skill not in ("recall", "custom", "agreement")),
        *(("own", "transfer"), ("transfer", "own"), ("follow", "place"), ("appraise", "negate")),
        *(("precede", "succeed"), ("syllogism", "gloss"), ("gloss", "syllogism")),
    ],
    ids="-".join,
)
def test_clauses_have_the_stated_probabilities_given_what_was_told(pieces: Pieces, skills: tuple[str, ...]) -> None:
    n, rng = 12_000, np.random.default_rng(5)
    draft = Draft(n, 12)
    telling = Telling(pieces.facts, draft, rng, np.full(n, list(TOPICS).index(TOPIC)))
    for skill in skills:
        WRITERS[skill](telling, draft.everyone)
    assert_frequencies_are_stated(draft, places=12, frequent=150, at_least=0)
    total = {tuple(draft.words(row)): float(draft.logprobs_nc[row].sum()) for row in range(n)}
    mass = sum(np.exp(logprob) for logprob in total.values())
    assert mass < 1 + 1e-4
    assert mass > 0.99 or len(total) > 500  # of few texts each was drawn


def test_each_skill_meets_as_many_others_and_orders_are_counted_right() -> None:
    met = draw_meetings(np.random.default_rng(1), 10, 4)
    assert (met == met.T).all() and not met.diagonal().any() and (met.sum(axis=0) == 4).all()
    for k in (1, 2, 3):
        counts = completions(met, k)
        triples = [s for s in np.ndindex(*(10,) * k) if all(met[a, b] for a, b in combinations(s, 2))]
        assert counts[0] == len(triples)
        assert counts[1][3] == sum(s[0] == 3 for s in triples)
        assert counts[k].sum() == len(triples)


def test_no_training_text_shows_a_held_out_set_and_most_sets_are_held_out(pieces: Pieces) -> None:
    world = World(WorldConfig(seed=3))
    shown: set[frozenset[str]] = set()
    for index in range(3):
        draft = world.chunk(Stream.TRAINING, index).drafts["pieces"]
        shown |= {frozenset(pieces.skill_names(draft, row)) for row in range(len(draft))}
    assert {len(some) for some in shown} == {1, 2, 3, 4}
    for some in shown:
        assert not any(pieces.facts.held_out(part) for n in (1, 2, 3) for part in combinations(sorted(some), n))
    pairs = list(combinations(PIECE_SKILLS, 2))
    assert sum(not pieces.facts.held_out(pair) for pair in pairs) == len(PIECE_SKILLS) * N_TOGETHER / 2
    threes = list(combinations(PIECE_SKILLS, 3))
    assert np.mean([pieces.facts.held_out(three) for three in threes]) > 0.85
    assert not pieces.facts.held_out(("own",))


def test_what_the_world_writes_has_full_marks(pieces: Pieces, truths: Truths) -> None:
    draft = pieces.compose(np.random.default_rng(2), 1500)
    for row in range(len(draft)):
        topic, skills = list(TOPICS)[draft.plan["topic"][row]], pieces.skill_names(draft, row)
        verdict = verify_piece(truths, topic, skills, text_of(draft, row))
        assert verdict.points == (1,) * (len(skills) + 3), (text_of(draft, row), verdict.lost)
        assert draft.words(row)[:3] == ["piece", ("one", "two", "three", "four")[len(skills) - 1], topic]


def test_the_verifier_agrees_with_a_second_opinion_on_damaged_texts(pieces: Pieces, truths: Truths) -> None:
    rng, accepted = np.random.default_rng(4), 0
    draft = pieces.compose(rng, 1200)
    topics = [list(TOPICS)[t] for t in draft.plan["topic"]]
    oracles = {topic: Oracle(pieces.facts, topic) for topic in TOPICS}
    pools = {topic: [text_of(draft, i) for i, own in enumerate(topics) if own == topic] for topic in TOPICS}
    for row, topic in enumerate(topics):
        text = corrupted(text_of(draft, row), rng, pools[topic])
        full = all(verify_piece(truths, topic, pieces.skill_names(draft, row), text).points)
        assert full == oracles[topic].full_marks(pieces.skill_names(draft, row), text), text
        accepted += full
    assert 50 < accepted < 600


def judged(truths: Truths, text: str, *skills: str) -> PieceVerdict:
    return verify_piece(truths, TOPIC, skills, text)


def test_a_clause_of_the_right_form_that_is_false_shows_nothing(truths: Truths) -> None:
    first, second = sorted(("apple", "rake"), key=lambda thing: truths.size_of[thing])
    home, elsewhere = truths.home_of["rake"], next(r for r in truths.home_of.values() if r != truths.home_of["rake"])
    false = {
        "classify": "rake is fruit", "exclude": "apple is not fruit", "compare": f"{second} larger than {first}",
        "converse": f"{second} larger so {first} smaller", "tally": "rake rake makes three", "place": f"rake stays in {elsewhere}",
        "believe": f"Mia seeks rake in {elsewhere}", "follow": f"apple follows rake to {elsewhere}",
        "appraise": "rake rude so good", "negate": "rake not rude so bad", "addition": "two rake add two five",
        "subtraction": "five rake take two two", "agreement": "the dogs near rake barks", "outlier": "rake rake apple odd rake",
        "palindrome": "rake apple boot apple bench", "reversal": "rake apple back rake apple", "pronoun": "Tom says she likes rake",
        "disjunction": "rake or apple not rake rake", "syllogism": "fruit red so rake red", "gloss": "red alias besh rake besh",
        "transfer": "rake goes Mia Mia", "recall": "Anna Anna of Oslo likes rake",
    }  # fmt: skip
    for skill, clause in false.items():
        verdict = judged(truths, f"{clause} .", skill)
        assert not verdict.skills[skill].won and verdict.skills[skill].reason, clause
        assert not verdict.makes_sense.won and verdict.short_enough.won
    assert judged(truths, f"rake stays in {home} .", "place").points == (1, 1, 1, 1)
    assert "larger than" in judged(truths, f"{second} larger than {first} .", "compare").lost["compare"]


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        ("rake belongs to Mia . rake goes Mia Tom . rake belongs to Tom .", "rake belongs to Mia . rake goes Tom Mia .", "Mia"),
        ("rake superb so good . rake not rude so good .", "rake superb so good . rake not superb so bad .", "called rake good"),
        ("rake before apple . apple before boot .", "rake before apple . apple before boot . rake after boot .", "put rake"),
        ("fruit red so apple red . fruit old so apple old .", "fruit red so apple red . fruit grey so apple grey .", "is red"),
    ],
)  # fmt: skip
def test_clauses_must_not_deny_each_other(truths: Truths, right: str, wrong: str, why: str) -> None:
    """Each wrong text has only clauses that are right alone."""
    assert judged(truths, right, "own").makes_sense.won
    verdict = judged(truths, wrong, "own")
    assert not verdict.makes_sense.won and why in verdict.makes_sense.reason
    for clause in wrong.split(" . "):
        assert judged(truths, clause.removesuffix(" .") + " .", "own").makes_sense.won


def test_moves_are_told_one_after_the_other(truths: Truths) -> None:
    """A thing stays where it followed another to; who saw no move seeks it at home."""
    rake, apple = truths.home_of["rake"], truths.home_of["apple"]
    assert rake != apple
    told = f"apple follows rake to {rake} . apple stays in {rake} . Mia seeks apple in {apple} ."
    assert judged(truths, told, "follow", "place", "believe").points == (1, 1, 1, 1, 1, 0)
    late = judged(truths, f"apple follows rake to {rake} and apple stays in {apple} .", "follow", "place")
    assert late.points == (1, 0, 1, 0, 1)


def test_topic_sense_and_length_are_judged_each_by_itself(truths: Truths) -> None:
    assert judged(truths, "cod is fish .", "classify").points == (1, 0, 1, 1)
    assert judged(truths, "rake is tools and cod .", "classify").points == (1, 0, 0, 1)
    assert judged(truths, "rake is tools", "classify").points == (1, 1, 0, 1)
    assert judged(truths, "rake is tools and rake is tools and rake is tools .", "classify").points == (1, 1, 0, 1)
    assert judged(truths, "rake is tools . rake is not fish .", "classify").points == (1, 1, 1, 0)
    assert judged(truths, "rake is tools . rake is not fish .", "classify", "exclude").points == (1, 1, 1, 1, 0)
    assert judged(truths, "", "classify").points == (0, 0, 0, 1)
    assert judged(truths, "rake is tools.", "classify").points == (1, 1, 1, 1)


@given(st.text() | st.lists(st.sampled_from([*words(), ".", "and"]), max_size=40).map(" ".join))
def test_any_text_is_judged(truths: Truths, text: str) -> None:
    verdict = judged(truths, text, "own", "tally", "rank")
    assert len(verdict.points) == 6 and set(verdict.points) <= {0, 1}
    assert all(one.reason and len(one.reason) < 200 and one.reason.isprintable() for one in verdict.by_name.values())


def test_a_very_long_text_is_judged_in_linear_time(truths: Truths) -> None:
    text = "rake before apple . apple belongs to Mia and \ud800\x1b[31m . " * 20_000 + "x" * 1_000_000
    assert judged(truths, text, "own", "precede").points == (1, 1, 1, 0, 0)


def test_what_cannot_be_asked_is_refused(truths: Truths) -> None:
    with pytest.raises(SkillscaleError, match="no topic 'sewing'"):
        verify_piece(truths, "sewing", ["own"], "")
    with pytest.raises(SkillscaleError, match="no skill 'metaphor'"):
        judged(truths, "", "metaphor")
    with pytest.raises(SkillscaleError, match="twice"):
        judged(truths, "", "own", "own")
    with pytest.raises(SkillscaleError, match="No skill was given"):
        judged(truths, "")
    assert skill_of(()) is None
