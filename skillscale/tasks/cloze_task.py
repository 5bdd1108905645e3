"""A task whose items are gaps in the corpus's own documents."""

import zlib
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from skillscale.corpora.document import Cloze
from skillscale.corpora.packed import PackedCorpus
from skillscale.tasks.item import Item


@dataclass(frozen=True, slots=True, kw_only=True)
class ClozeTask:
    """The corpus's clozes called `name`. What a model says is right if it begins with the words of the answer."""

    name: str
    about: str

    def items(self, corpus: PackedCorpus, *, limit_per_stratum: int, seed: int) -> list[Item]:
        """A random sample of each stratum, in corpus order; a stratum's sample does not depend on the other strata."""
        by_stratum: dict[str, list[int]] = defaultdict(list)
        for index, cloze in enumerate(corpus.clozes):
            if cloze.task == self.name:
                by_stratum[cloze.stratum].append(index)
        items: list[Item] = []
        for stratum, indices in sorted(by_stratum.items()):
            rng = np.random.default_rng([seed, zlib.crc32(f"{self.name}/{stratum}".encode())])
            sample = np.sort(rng.permutation(len(indices))[:limit_per_stratum])
            items.extend(self._item(corpus.clozes[indices[i]], indices[i], rng) for i in sample)
        return items

    def _item(self, cloze: Cloze, index: int, rng: np.random.Generator) -> Item:
        choices = list(dict.fromkeys((cloze.answer, *cloze.distractors)))
        rng.shuffle(choices)
        return Item(
            item_id=f"{self.name}/{index}",
            task=self.name,
            stratum=cloze.stratum,
            prefix=cloze.prefix,
            answer=cloze.answer,
            choices=tuple(choices) if len(choices) > 1 else (),
            k=cloze.k,
            skills=cloze.skills,
            max_new_tokens=cloze.max_new_tokens,
        )

    def judge(self, item: Item, said: str) -> bool:
        """Equal words, however they are spaced, up to the answer's length."""
        answer = item.answer.split()
        return bool(answer) and said.split()[: len(answer)] == answer
