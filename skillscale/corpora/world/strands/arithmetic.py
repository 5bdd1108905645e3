"""Arithmetic with the last digit first: `sum 7 4 + 5 1 = 2 6` is 47 + 15 = 62; `difference` likewise."""

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, Ids, ids_of
from skillscale.corpora.world.lexicon import DIGITS, vocabulary
from skillscale.corpora.world.strand import Strand

SUM = 0.7
LENGTHS = np.array([0.3, 0.35, 0.2, 0.15])  # probabilities of 1…4 digits
MAX_DIGITS = len(LENGTHS)


class Arithmetic(Strand):
    """Addition and subtraction of two numbers of the same length; a difference is never negative."""

    name = "arithmetic"

    def __init__(self) -> None:
        self.digits = ids_of(DIGITS)

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        draft = Draft(n, 3 * MAX_DIGITS + 4)
        adds = rng.random(n) < SUM
        draft.say(
            np.where(adds, vocabulary()["sum"], vocabulary()["difference"]),
            logprob=np.where(adds, np.log(SUM), np.log(1 - SUM)),
        )
        length_n = 1 + rng.choice(MAX_DIGITS, n, p=LENGTHS)
        a_n, b_n = (rng.integers(0, 10**length_n) for _ in range(2))
        a_n = np.where(adds, a_n, np.maximum(a_n, b_n))
        b_n = np.where(adds, b_n, rng.integers(0, a_n + 1))
        self._first(draft, adds, length_n, a_n)
        self._second(draft, adds, length_n, a_n, b_n)
        draft.say_word("=")
        answer_n = np.where(adds, a_n + b_n, a_n - b_n)
        answer_length_n = length_n + (adds & (answer_n >= 10**length_n))
        draft.plan = {"adds": adds, "length": length_n, "end": draft.lengths_n.copy()}
        for place in range(MAX_DIGITS + 1):
            rows = np.flatnonzero(place < answer_length_n)
            draft.say(self.digits[digit(answer_n[rows], place)], rows)
        return draft

    def _first(self, draft: Draft, adds: np.ndarray, length_n: Ids, a_n: Ids) -> None:
        """Digit or sign, with its probability given the digits before it.

        In a difference the weight of a is 2a+1, so its digits say something of its length, which does not show yet:
        both are counted over the lengths that are still possible.
        """
        for place in range(MAX_DIGITS + 1):
            rows = np.flatnonzero(place <= length_n)
            before = a_n[rows] % 10**place
            out_of = joint(adds[rows], before, place, max(place, 1))
            ends = length_n[rows] == place
            if place:
                stop = LENGTHS[place - 1] * mass_of_ending(adds[rows], before, place, place)
                sign = np.where(adds[rows], vocabulary()["+"], vocabulary()["-"])
                draft.say(sign[ends], rows[ends], np.log(stop / out_of)[ends])
            if place < MAX_DIGITS:
                going, after = rows[~ends], a_n[rows[~ends]] % 10 ** (place + 1)
                logprob = np.log(joint(adds[going], after, place + 1, place + 1) / out_of[~ends])
                draft.say(self.digits[digit(a_n[going], place)], going, logprob)

    def _second(self, draft: Draft, adds: np.ndarray, length_n: Ids, a_n: Ids, b_n: Ids) -> None:
        """The second number is uniform in 0…9…9 in a sum, in 0…a in a difference."""
        for place in range(MAX_DIGITS):
            rows = np.flatnonzero(place < length_n)
            b, most = b_n[rows], np.where(adds[rows], 10 ** length_n[rows] - 1, a_n[rows])
            count = numbers_with_ending(b % 10 ** (place + 1), place + 1, most)
            out_of = numbers_with_ending(b % 10**place, place, most)
            draft.say(self.digits[digit(b, place)], rows, np.log(count / out_of))

    def stratum(self, draft: Draft, row: int) -> str:
        count = int(draft.plan["length"][row])
        return f"{'sum' if draft.plan['adds'][row] else 'difference'} of {count} digit{'' if count == 1 else 's'}"

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        carry = ("carry",) if draft.plan["length"][row] > 1 else ()
        return ("addition" if draft.plan["adds"][row] else "subtraction", *carry)

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        end = int(draft.plan["end"][row])
        text = draft.words(row)
        answer, wrong = text[end:], dict[str, None]()
        while len(wrong) < 3:
            place = int(rng.integers(len(answer)))
            changed = [*answer]
            changed[place] = str((int(answer[place]) + int(rng.choice([1, 9, int(rng.integers(2, 9))]))) % 10)
            wrong[" " + " ".join(changed)] = None
        return (
            Cloze(
                task=self.name,
                stratum=self.stratum(draft, row),
                prefix=" ".join(text[:end]),
                answer=" " + " ".join(answer),
                distractors=tuple(wrong),
                skills=self.skills(draft, row),
            ),
        )


def digit(number: Ids, place: int) -> Ids:
    return number // 10**place % 10


def mass_of_ending(adds: np.ndarray, ending: Ids, n_known: int, length: int) -> np.ndarray:
    """P(a first number of `length` digits ends in these): uniform in a sum, P(a) = (2a+1)/10^(2·length) otherwise."""
    n = 10 ** (length - n_known)  # how many numbers end so: ending + j·10^n_known, j < n
    larger = (2 * (ending * n + 10**n_known * (n * (n - 1) // 2)) + n) / 10 ** (2 * length)
    return np.where(adds, 10.0**-n_known, larger)


def joint(adds: np.ndarray, ending: Ids, n_known: int, at_least: int) -> np.ndarray:
    """P(a first number of at least so many digits ends in these)."""
    lengths = range(at_least, MAX_DIGITS + 1)
    return np.sum([LENGTHS[n - 1] * mass_of_ending(adds, ending, n_known, n) for n in lengths], axis=0)


def numbers_with_ending(ending: Ids, n_known: int, most: Ids) -> Ids:
    """How many of 0…most end in these digits."""
    return np.maximum((most - ending) // 10**n_known + 1, 0)
