"""What is special to each kind of puzzle: unique sudokus, worked chains, traps, and answers on the edge of a rule."""

import re
from collections import Counter
from itertools import permutations, product

import numpy as np
import pytest

from skillscale.corpora.world import World, WorldConfig
from skillscale.corpora.world.lexicon import vocabulary
from skillscale.corpora.world.strands.customs import Customs
from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.chains import Chains, chains_of_world
from skillscale.tasks.puzzles.comparison import Comparison, Pair, is_trap
from skillscale.tasks.puzzles.countdown import Countdown, Numbers
from skillscale.tasks.puzzles.lexicon import lexicon
from skillscale.tasks.puzzles.poem import Form, Poem
from skillscale.tasks.puzzles.sudoku import SUDOKU4, SUDOKU9, Grid, Search, first_twice
from skillscale.tasks.puzzles.word_problem import EVENTS, Event, Story, WordProblem
from skillscale.tasks.puzzles.word_square import Square, WordSquare, symmetric_squares


def test_sudokus_have_one_solution_by_brute_force() -> None:
    """Of all 4 × 4 grids, 288, exactly one keeps the clues."""
    rows = list(permutations(range(1, 5)))
    every = [cells for cells in (sum(four, ()) for four in product(rows, repeat=4)) if first_twice(cells) is None]
    assert len(every) == 288 == Search([0] * 16).count(1_000)
    for seed in range(20):
        puzzle = SUDOKU4.make(np.random.default_rng(seed), 4 + seed % 8)
        assert puzzle.n_empty == 4 + seed % 8
        kept = [
            cells for cells in every if all(clue in (0, digit) for clue, digit in zip(puzzle.cells, cells, strict=True))
        ]
        assert len(kept) == 1


def test_sudoku9_has_one_solution_and_a_known_hard_one_is_solved() -> None:
    puzzle = SUDOKU9.make(np.random.default_rng(3), 50)
    assert Search(list(puzzle.cells)).count(2) == 1 and puzzle.n_empty == 50
    known = SUDOKU9.from_json("53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79")
    found = SUDOKU9.solve(known).answer
    assert found is not None and found.startswith("534678912\n672195348")


def test_the_share_of_cells_counts_no_clue() -> None:
    puzzle = Grid(cells=(1, 2, 3, 4, 3, 4, 1, 2, 2, 1, 4, 3, 0, 0, 0, 0))
    assert SUDOKU4.share_filled(puzzle, "1234 3412 2143 4321") == 1.0
    assert SUDOKU4.share_filled(puzzle, "1234 3412 2143 ....") == 0.0
    assert SUDOKU4.share_filled(puzzle, "1234 3412 2143 43..") == 0.5
    assert SUDOKU4.share_filled(puzzle, "1234 3412 2143 4444") == 0.0
    assert SUDOKU4.share_filled(puzzle, "1234") is None


@pytest.mark.parametrize(
    ("answer", "valid"),
    [
        ("(3 + 4) * 5", True),
        ("5 × (3+4) = 35", True),
        ("[3+4]*5", True),
        ("((((3 + 4)))) * 5", True),
        ("35", False),
        ("(3 + 4) * 5 = 36", False),
        ("(3 + 4) * 5 = 35 = 35", False),
        ("3 + 4 * 5", False),
        ("3 4 5", False),
        ("(3 + 4)(5)", False),
        ("5 * 7", False),
        ("(5 * 4 + 5 * 3)", False),
        ("+ 35", False),
        ("5 ** 2 + 10", False),
        ("(3 + 4) * 5)", False),
        ("((3 + 4) * 5", False),
        ("(3 + 4) * 5 / (3 - 3)", False),
        ("7.0 * 5", False),
        ("(٣ + 4) * 5", False),
    ],
)
def test_countdown_expressions(answer: str, valid: bool) -> None:
    assert Countdown().verify(Numbers(numbers=(3, 4, 5), target=35), answer).valid is valid


def test_countdown_divides_evenly_and_by_something() -> None:
    kind = Countdown()
    assert "even" in kind.verify(Numbers(numbers=(7, 2, 4), target=14), "7 / 2 * 4").reason
    assert "by 0" in kind.verify(Numbers(numbers=(7, 2, 2), target=1), "7 / (2 - 2)").reason
    assert kind.verify(Numbers(numbers=(2, 7, 10), target=5), "2 - 7 + 10").valid


def test_countdown_search_agrees_with_trying_everything() -> None:
    """All values that 3 numbers can take, by nested loops over expressions with fractions left out."""
    kind, rng = Countdown(), np.random.default_rng(0)
    for _ in range(40):
        a, b, c = (int(n) for n in rng.integers(1, 12, 3))
        target = int(rng.integers(10, 60))
        if target in (a, b, c):
            continue
        found = kind.solve(Numbers(numbers=(a, b, c), target=target)).answer
        texts = [
            text
            for x, y, z in {(a, b, c), (a, c, b), (b, c, a), (b, a, c), (c, a, b), (c, b, a)}
            for p, q in product("+-*/", repeat=2)
            for text in (f"{x} {p} {y}", f"({x} {p} {y}) {q} {z}", f"{x} {p} ({y} {q} {z})")
        ]
        possible = any(kind.verify(Numbers(numbers=(a, b, c), target=target), text).valid for text in texts)
        assert (found is not None) == possible


def test_traps_mislead_who_reads_decimals_as_whole_numbers() -> None:
    assert is_trap(Pair(left="9.11", right="9.8")) and is_trap(Pair(left="9.8", right="9.11"))
    assert not is_trap(Pair(left="9.1", right="9.12")) and not is_trap(Pair(left="9.8", right="9.08"))
    kind = Comparison()
    shares = [
        np.mean([is_trap(kind.make(np.random.default_rng([d, seed]), d)) for seed in range(300)]) for d in (1, 3, 6)
    ]
    assert shares == pytest.approx([1 / 6, 3 / 6, 1], abs=0.09) and shares[2] == 1


def test_numbers_of_the_world_are_as_its_text_has_them() -> None:
    kind = Comparison(of_world=True)
    for difficulty in kind.difficulties:
        for seed in range(40):
            puzzle = kind.make(np.random.default_rng([difficulty, seed]), difficulty)
            assert re.fullmatch(r"larger [1-9] \.( \d){1,3} or [1-9] \.( \d){1,3} \?", kind.pocket(puzzle) or "")


def test_chains_of_a_world_are_its_customs_and_keep_tuples_apart() -> None:
    world = World(WorldConfig(seed=5))
    customs = world.strands["customs"]
    assert isinstance(customs, Customs)
    for unseen in (False, True):
        kind = chains_of_world(world, unseen=unseen)
        for k in (2, 3, 5):
            puzzle = kind.make(np.random.default_rng(k), k)
            assert customs.held_out(puzzle.chain) == unseen
            direct, worked = kind.pocket(puzzle), kind.pocket_worked(puzzle)
            assert direct is not None and worked is not None and direct[:-1] == worked[:-1]
            assert set(direct.split()) <= set(vocabulary())
            values = puzzle.values()
            assert kind.verify(puzzle, f"{' '.join(values)} = {values[-1]}").valid
            assert kind.verify(kind.from_json(puzzle.to_json()), values[-1]).valid
            assert not kind.verify(puzzle, f"{' '.join(values)} =").valid
            assert not kind.verify(puzzle, f"well now = {values[-1]}").valid
    assert Chains().pocket(Chains().make(np.random.default_rng(0), 2)) is None
    with pytest.raises(SkillscaleError, match="no customs"):
        chains_of_world(World(WorldConfig(shares={"grammar": 1.0})))


def test_word_problems_come_to_what_their_events_say() -> None:
    story = Story(
        person="Ada",
        things="beads",
        start=10,
        events=(Event(what="boxes", a=2, b=3), Event(what="piles", a=4)),
        asides=(),
    )
    kind = WordProblem()
    assert story.result() == 4 and kind.solve(story).steps == 3
    for answer, valid in (
        ("4", True),
        ("4 beads.", True),
        ("04", True),
        ("4 or 5", False),
        ("-4", False),
        ("4.0", False),
        ("16", False),
    ):
        assert kind.verify(story, answer).valid is valid
    with pytest.raises(SkillscaleError, match="no whole number"):
        Story(person="Ada", things="beads", start=10, events=(Event(what="piles", a=3),), asides=())
    told = Counter(event.what for seed in range(60) for event in kind.make(np.random.default_rng(seed), 6).events)
    assert set(told) == set(EVENTS)


def test_asides_stand_in_the_text_and_change_nothing() -> None:
    puzzle = WordProblem().make(np.random.default_rng(4), 8)
    assert len(puzzle.asides) == 4
    bare = Story(person=puzzle.person, things=puzzle.things, start=puzzle.start, events=puzzle.events, asides=())
    assert bare.result() == puzzle.result()
    assert len(WordProblem().state(puzzle)) > len(WordProblem().state(bare)) + 80


def test_word_squares_keep_clues_and_may_use_our_whole_lexicon() -> None:
    kind = WordSquare()
    puzzle = Square(rows=("...", ".r.", "..n"), words=None)
    assert kind.verify(puzzle, "red\nore\ntan").valid and kind.verify(puzzle, "R e D\nO R E\nT A N").valid
    assert kind.verify(puzzle, "red ore tan").valid
    assert "clue" in kind.verify(puzzle, "mop\noil\nply").reason
    assert "Column 1" in kind.verify(puzzle, "arc\nore\nten").reason
    listed = Square(rows=puzzle.rows, words=("red", "ore", "tan", "rot"))
    assert "era" in kind.verify(listed, "red\nore\ntan").reason
    assert all(
        word in lexicon(5) and word[i] == other[j]
        for square in symmetric_squares(5)[:20]
        for i, other in enumerate(square)
        for j, word in enumerate(square)
    )


@pytest.mark.parametrize(
    ("line", "valid"),
    [
        ("Slow rivers run below the moon,", True),
        ("slow rivers run below the “moon”", True),
        ("Slow rivers run — below the moon!", True),
        ("Slow rivers run below moon", False),
        ("Slow slow run below the moon", False),
        ("The rivers run below the moon", False),
        ("Slow rivers run below the sun", False),
        ("Slow rivers 123 below the moon", False),
        ("Slow rvrs run below the moon", False),
        ("S s s s s moon", False),
    ],
)
def test_lines_of_poems(line: str, valid: bool) -> None:
    form = Form(ends=("moon", "tune"), initials="so", counts=(6, 3))
    assert Poem().verify(form, f"{line}\nOver a tune").valid is valid
