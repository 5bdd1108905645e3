"""Translation into an invented language whose adjectives follow their noun. `translate red dog and old cat : molk besh ve tuth garn`."""

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.world.draft import Draft, Floats, Ids, draw, ids_of, zipf
from skillscale.corpora.world.lexicon import ADJECTIVES, FOREIGN_AND, NOUNS, foreign_words, vocabulary, words
from skillscale.corpora.world.strand import Strand

BARE = 0.35  # probability that a noun has no adjective
GO_ON = 0.35  # probability of a second phrase
MAX_PHRASES = 2
N_NOUNS, N_ADJECTIVES = len(NOUNS), len(ADJECTIVES)


class Translation(Strand):
    """Words and adjective–noun phrases. A fifth of the phrases never occur in training text."""

    name = "translation"
    has_unseen = True

    def __init__(self, rng: np.random.Generator, exponent: float, held_out: float) -> None:
        self.nouns, self.adjectives = ids_of(NOUNS), ids_of(ADJECTIVES)
        foreign = rng.permutation(ids_of(foreign_words()))
        self.foreign_nouns, self.foreign_adjectives = foreign[:N_NOUNS], foreign[N_NOUNS : N_NOUNS + N_ADJECTIVES]
        self.noun_weights = rng.permutation(zipf(N_NOUNS, exponent))
        self.adjective_weights = rng.permutation(zipf(N_ADJECTIVES, exponent))
        # as many nouns for each adjective, at least one and not all, so that none is without seen or unseen phrases
        n_held_out = min(max(round(held_out * N_NOUNS), 1), N_NOUNS - 1)
        self.held_out_an = rng.random((N_ADJECTIVES, N_NOUNS)).argsort(axis=1) < n_held_out

    def compose(self, rng: np.random.Generator, n: int, *, unseen: bool = False) -> Draft:
        """A phrase is (adjective or -1, noun). Unseen ones always have an adjective."""
        draft = Draft(n, 3 + 3 * MAX_PHRASES + 2 * MAX_PHRASES)
        draft.say_word("translate")
        adjectives, nouns = np.full((n, MAX_PHRASES), -1), np.full((n, MAX_PHRASES), -1)
        rows = draft.everyone
        for phrase in range(MAX_PHRASES):
            adjectives[rows, phrase], nouns[rows, phrase] = self._phrase(draft, rng, rows, unseen)
            last = phrase + 1 == MAX_PHRASES
            stops = (rng.random(len(rows)) >= GO_ON) | last
            draft.say(vocabulary()[":"], rows[stops], 0.0 if last else float(np.log(1 - GO_ON)))
            draft.say(vocabulary()["and"], rows[~stops], float(np.log(GO_ON)))
            rows = rows[~stops]
        draft.plan = {"adjectives": adjectives, "nouns": nouns, "end": draft.lengths_n.copy()}
        for phrase in range(MAX_PHRASES):
            at = np.flatnonzero(nouns[:, phrase] >= 0)
            if phrase:
                draft.say_word(FOREIGN_AND, at)
            draft.say(self.foreign_nouns[nouns[at, phrase]], at)
            described = at[adjectives[at, phrase] >= 0]
            draft.say(self.foreign_adjectives[adjectives[described, phrase]], described)
        return draft

    def _phrase(self, draft: Draft, rng: np.random.Generator, rows: Ids, unseen: bool) -> tuple[Ids, Ids]:
        bare = np.zeros(len(rows), np.bool_) if unseen else rng.random(len(rows)) < BARE
        adjective, noun = np.full(len(rows), -1), np.zeros(len(rows), np.int64)
        noun[bare], logprob = draw(rng, int(bare.sum()), N_NOUNS, self.noun_weights)
        draft.say(self.nouns[noun[bare]], rows[bare], np.log(BARE) + logprob)
        described = np.flatnonzero(~bare)
        adjective[described], logprob = draw(rng, len(described), N_ADJECTIVES, self.adjective_weights)
        draft.say(self.adjectives[adjective[described]], rows[described], np.log(1 - BARE) + logprob)
        weights_am: Floats = self.noun_weights * (self.held_out_an == unseen)
        weights_am = weights_am / weights_am.sum(axis=1, keepdims=True)
        noun[described] = draft.choose(rng, self.nouns, rows[described], weights_am[adjective[described]])
        return adjective, noun

    def _has_unseen(self, draft: Draft, row: int) -> bool:
        pairs = zip(draft.plan["adjectives"][row], draft.plan["nouns"][row], strict=True)
        return any(adjective >= 0 and self.held_out_an[adjective, noun] for adjective, noun in pairs)

    def stratum(self, draft: Draft, row: int) -> str:
        count = int((draft.plan["nouns"][row] >= 0).sum())
        form = "two phrases" if count > 1 else "phrase" if draft.plan["adjectives"][row, 0] >= 0 else "word"
        return f"{form} unseen" if self._has_unseen(draft, row) else form

    def skills(self, draft: Draft, row: int) -> tuple[str, ...]:
        nouns = [f"word {NOUNS[i]}" for i in draft.plan["nouns"][row] if i >= 0]
        adjectives = [f"word {ADJECTIVES[i]}" for i in draft.plan["adjectives"][row] if i >= 0]
        return ("translation", *(("word order",) if adjectives else ()), *dict.fromkeys((*nouns, *adjectives)))

    def clozes(self, draft: Draft, row: int, rng: np.random.Generator) -> tuple[Cloze, ...]:
        end = int(draft.plan["end"][row])
        text = draft.words(row)
        answer = text[end:]
        return (
            Cloze(
                task=self.name,
                stratum=self.stratum(draft, row),
                prefix=" ".join(text[:end]),
                answer=" " + " ".join(answer),
                distractors=self._wrong(answer, rng),
                skills=self.skills(draft, row),
            ),
        )

    def _wrong(self, answer: list[str], rng: np.random.Generator) -> tuple[str, ...]:
        """The English word order, and two answers with one other word of the same kind."""
        nouns = {words()[i] for i in self.foreign_nouns}
        wrong: dict[str, None] = {}
        swapped = list(answer)
        for i in range(len(answer) - 1):
            if answer[i] in nouns and answer[i + 1] not in (*nouns, FOREIGN_AND):
                swapped[i], swapped[i + 1] = answer[i + 1], answer[i]
        if swapped != answer:
            wrong[" " + " ".join(swapped)] = None
        while len(wrong) < 3:
            place = int(rng.choice([i for i, word in enumerate(answer) if word != FOREIGN_AND]))
            kind = self.foreign_nouns if answer[place] in nouns else self.foreign_adjectives
            changed = [*answer]
            changed[place] = words()[int(rng.choice(kind))]
            if changed != answer:
                wrong[" " + " ".join(changed)] = None
        return tuple(wrong)
