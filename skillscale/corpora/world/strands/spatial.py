"""Spatial reasoning: `story Mia enters kitchen . Tom follows Mia . where is Tom ? kitchen`."""

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, Mask, ids_of
from skillscale.corpora.world.lexicon import ACTORS, ROOMS, vocabulary
from skillscale.corpora.world.strand import Strand, last_word_cloze

MAX_MOVES = 6
GO_ON = 0.7  # probability of one more move
FOLLOWS = 0.35  # probability that a move follows somebody, where there is somebody else to follow


class Spatial(Strand):
    """People enter rooms and follow one another to where the other is at that moment; where is X in the end?"""

    name = "spatial"

    def __init__(self) -> None:
        self.actors, self.rooms = ids_of(ACTORS), ids_of(ROOMS)

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        draft = Draft(n, 6 + 4 * MAX_MOVES)
        draft.say_word("story")
        room_na = np.full((n, len(ACTORS)), -1)  # where each actor is; -1 not yet met
        hops_na = np.zeros((n, len(ACTORS)), dtype=np.int64)  # how many followings led there
        moves_n = np.zeros(n, dtype=np.int64)
        rows = draft.everyone
        for move in range(MAX_MOVES):
            if move:
                stops = rng.random(len(rows)) >= GO_ON
                draft.say(vocabulary()["where"], rows[stops], float(np.log(1 - GO_ON)))
                rows = rows[~stops]
            actor = rng.integers(0, len(ACTORS), len(rows))
            draft.say(self.actors[actor], rows, (float(np.log(GO_ON)) if move else 0.0) - float(np.log(len(ACTORS))))
            self._move(draft, rng, rows, actor, room_na, hops_na)
            draft.say_word(".", rows)
            moves_n[rows] += 1
        draft.say_word("where", rows)
        draft.say_word("is")
        met_na = (room_na >= 0).astype(np.float64)
        asked_n = draft.choose(rng, self.actors, weights=met_na / met_na.sum(axis=1, keepdims=True))
        draft.say_word("?")
        draft.say(self.rooms[room_na[draft.everyone, asked_n]])
        draft.plan = {"moves": moves_n, "hops": hops_na[draft.everyone, asked_n]}
        return draft

    def _move(
        self,
        draft: Draft,
        rng: np.random.Generator,
        rows: np.ndarray,
        actor: np.ndarray,
        room_na: np.ndarray,
        hops_na: np.ndarray,
    ) -> None:
        others = (room_na[rows] >= 0).astype(np.float64)
        others[np.arange(len(rows)), actor] = 0.0
        possible: Mask = np.any(others > 0, axis=1)
        follows = possible & (rng.random(len(rows)) < FOLLOWS)
        draft.say(vocabulary()["follows"], rows[follows], float(np.log(FOLLOWS)))
        draft.say(vocabulary()["enters"], rows[~follows], np.where(possible[~follows], np.log(1 - FOLLOWS), 0.0))
        weights = others[follows] / others[follows].sum(axis=1, keepdims=True)
        leader = draft.choose(rng, self.actors, rows[follows], weights)
        room_na[rows[follows], actor[follows]] = room_na[rows[follows], leader]
        hops_na[rows[follows], actor[follows]] = hops_na[rows[follows], leader] + 1
        room_na[rows[~follows], actor[~follows]] = draft.choose(rng, self.rooms, rows[~follows])
        hops_na[rows[~follows], actor[~follows]] = 0

    def stratum(self, draft: Draft, row: int) -> str:
        moves = "1-3 moves" if draft.plan["moves"][row] <= 3 else "4-6 moves"
        return f"{'followed' if draft.plan['hops'][row] else 'entered'}, {moves}"

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        hops = int(draft.plan["hops"][row])
        latest = ("latest of several",) if draft.plan["moves"][row] > 1 else ()
        return (
            "location",
            *latest,
            *(("following",) if hops else ()),
            *(("following a follower",) if hops > 1 else ()),
        )

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        return (last_word_cloze(self, draft, row, ROOMS),)
