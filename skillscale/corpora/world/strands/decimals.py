"""Two decimal numbers to be compared, written digit by digit with exact probabilities: `9 . 1 1 or 9 . 8 ?`.

A whole digit, 1 to 9, and 1 to 3 decimals, each count equally likely. The second number has the first one's whole digit in SAME of the pairs,
and of these TRAPS are traps: read as whole numbers, the decimals put the wrong number first (9.11 seems larger than 9.8). So about half
of all pairs are traps, and who reads decimals as whole numbers is right about half of the time.
"""

from functools import cache
from itertools import product

import numpy as np

from skillscale.corpora.world.draft import Draft, Floats, Ids, draw, ids_of
from skillscale.corpora.world.lexicon import DIGITS, vocabulary

MOST_DECIMALS = 3
SAME = 0.75
TRAPS = 2 / 3


@cache
def endings() -> tuple[str, ...]:
    """All decimals of 1 to MOST_DECIMALS digits."""
    return tuple("".join(of) for n in range(1, MOST_DECIMALS + 1) for of in product(DIGITS, repeat=n))


def say_pairs(draft: Draft, rng: np.random.Generator, rows: Ids) -> None:
    """Write `9 . 1 1 or 9 . 8 ?` in each of `rows`, and into the plan what was written: `whole` and `ending`, (n, 2), the latter an index
    of `endings()`, and `trap`."""
    n = len(draft)
    whole_n2, ending_n2, trap_n = np.zeros((n, 2), np.int64), np.zeros((n, 2), np.int64), np.zeros(n, np.bool_)
    point, ids = vocabulary()["."], ids_of(DIGITS)
    whole_n2[rows, 0] = 1 + draft.choose(rng, ids[1:], rows)
    draft.say(point, rows)
    ending_n2[rows, 0] = _say_ending(draft, rng, rows, np.tile(_freely(), (len(rows), 1)), "or")
    same = rng.random(len(rows)) < SAME
    elsewhere = (whole_n2[rows, 0] - 1 + rng.integers(1, 9, len(rows))) % 9 + 1
    whole_n2[rows, 1] = np.where(same, whole_n2[rows, 0], elsewhere)
    draft.say(ids[whole_n2[rows, 1]], rows, np.where(same, np.log(SAME), np.log((1 - SAME) / 8)))
    draft.say(point, rows)
    options_rm = np.where(same[:, None], _given_the_same()[ending_n2[rows, 0]], _freely())
    ending_n2[rows, 1] = _say_ending(draft, rng, rows, options_rm, "?")
    trap_n[rows] = same & _is_trap()[ending_n2[rows, 0], ending_n2[rows, 1]]
    draft.plan |= {"whole": whole_n2, "ending": ending_n2, "trap": trap_n}


def say_larger(draft: Draft, rows: Ids) -> None:
    """Write the larger number of each pair again; it follows, so nothing is chosen."""
    whole_n2, ending_n2 = draft.plan["whole"], draft.plan["ending"]
    value_n2 = whole_n2 + _values()[ending_n2]
    larger_r = value_n2[rows].argmax(axis=1)
    draft.say(ids_of(DIGITS)[whole_n2[rows, larger_r]], rows)
    draft.say(vocabulary()["."], rows)
    ending_r = ending_n2[rows, larger_r]
    for place in range(MOST_DECIMALS):
        going = _lengths()[ending_r] > place
        draft.say(ids_of(DIGITS)[_digits()[ending_r[going], place]], rows[going])


def numbers_of(draft: Draft, row: int) -> tuple[str, str]:
    """The two numbers of one document as it writes them, `9 . 1 1` and `9 . 8`."""
    texts = [
        " ".join((str(whole), ".", *endings()[ending]))
        for whole, ending in zip(draft.plan["whole"][row], draft.plan["ending"][row], strict=True)
    ]
    return texts[0], texts[1]


def _say_ending(draft: Draft, rng: np.random.Generator, rows: Ids, options_rm: Floats, after: str) -> Ids:
    """Draw decimals, (len(rows),), write them and the word that ends them. `options_rm` are the probabilities of endings by row.

    The probability of a digit, or of the end, is the mass of all endings that go on so, of that of all that began so.
    """
    ending_r, _ = draw(rng, len(rows), len(endings()), options_rm)
    digit_rp, length_r = _digits()[ending_r], _lengths()[ending_r]
    mass_r = np.ones(len(rows))
    everyone = np.arange(len(rows))
    own_r = options_rm[everyone, ending_r]
    sums_rm = np.concatenate([np.zeros((len(rows), 1)), np.cumsum(options_rm, axis=1)], axis=1)
    stem_r = np.zeros(len(rows), dtype=np.int64)
    for place in range(MOST_DECIMALS + 1):
        ends = length_r == place
        draft.say(vocabulary()[after], rows[ends], np.log(own_r[ends] / mass_r[ends]))  # certain after the last place
        going = np.flatnonzero(length_r > place)
        if place == MOST_DECIMALS:
            break
        stem_r[going] = 10 * stem_r[going] + digit_rp[going, place]
        now = np.maximum(_mass_of_stem(sums_rm[going], stem_r[going], place + 1), own_r[going])
        draft.say(ids_of(DIGITS)[digit_rp[going, place]], rows[going], np.log(now / mass_r[going]))
        mass_r[going] = now
    return ending_r


@cache
def _lengths() -> Ids:
    return np.array([len(of) for of in endings()])


@cache
def _digits() -> Ids:
    """By ending and place; 0 after the last."""
    return np.array([[int(digit) for digit in of.ljust(MOST_DECIMALS, "0")] for of in endings()])


@cache
def _values() -> Floats:
    return np.array([float(f"0.{of}") for of in endings()])


def _mass_of_stem(sums_rm: Floats, stem_r: Ids, n: int) -> Floats:
    """The mass of all endings that begin with a stem of n digits, (rows,), from the running sums of the masses of endings.

    Endings stand by length and in order, so those of one length with one stem are neighbours."""
    everyone = np.arange(len(stem_r))
    total = np.zeros(len(stem_r))
    for length in range(n, MOST_DECIMALS + 1):
        width = 10 ** (length - n)
        first = sum(10**shorter for shorter in range(1, length)) + stem_r * width
        total += sums_rm[everyone, first + width] - sums_rm[everyone, first]
    return total


@cache
def _is_trap() -> np.ndarray:
    """(endings, endings): are the decimals in another order as whole numbers than as decimals?"""
    whole = np.array([int(of) for of in endings()])
    value = _values()
    return ((whole[:, None] - whole) * np.sign(value[:, None] - value)) < 0


@cache
def _freely() -> Floats:
    """Each count of decimals is equally likely, and each decimal."""
    return 1 / (MOST_DECIMALS * 10.0 ** _lengths())


@cache
def _given_the_same() -> Floats:
    """Probabilities of the second decimals given the first, (endings, endings), where the whole digits are the same; never equal in value."""
    unequal = _values()[:, None] != _values()
    trap = _is_trap()
    share = np.where(trap.any(axis=1), TRAPS, 0.0)  # after 9.0 and 9.999 there is no trap
    mass = np.zeros(trap.shape)
    for of, weight in ((trap, share), (unequal & ~trap, 1 - share)):
        free = np.where(of, _freely(), 0.0)
        mass += weight[:, None] * free / np.maximum(free.sum(axis=1, keepdims=True), 1e-300)
    return mass
