"""Held-out passages cut into documents that fit the context, each measured on its own."""

from tokenizers import Encoding, Tokenizer

from skillscale.corpora.document import Document
from skillscale.corpora.text.survey import StrandPassage


def held_out_documents(passages: tuple[StrandPassage, ...], tokenizer: Tokenizer, context: int) -> list[Document]:
    """Documents of at most `context - 2` tokens, so that an end token fits before and after.

    They cover each passage without gap or overlap and are cut before a word where there is one. `ends` is true only
    where the author's text ended too: nobody is asked to foresee our cuts.
    """
    return [
        document
        for passage in passages
        for document in _documents(passage, tokenizer.encode(passage.text, add_special_tokens=False), context - 2)
    ]


def _documents(passage: StrandPassage, encoding: Encoding, longest: int) -> list[Document]:
    ids, offsets, text = encoding.ids, encoding.offsets, passage.text
    documents: list[Document] = []
    first, start = 0, 0
    while first < len(ids):
        after = _cut(first, offsets, text, longest)
        whole = after == len(ids)
        stop = len(text) if whole else offsets[after - 1][1]
        documents.append(
            Document(
                text=text[start:stop],
                tokens=tuple(ids[first:after]),
                strand=passage.strand,
                ends=passage.ends and whole,
            )
        )
        first, start = after, stop
    return documents


def _cut(first: int, offsets: list[tuple[int, int]], text: str, longest: int) -> int:
    """The token before which to cut: what is left is shared out evenly, so that no document is a short remainder."""
    left = len(offsets) - first
    if left <= longest:
        return len(offsets)
    last = first + -(-left // -(-left // longest))
    for at in range(last, first + (last - first) // 2, -1):
        if _at_character(at, offsets) and text[offsets[at - 1][1]].isspace():
            return at
    # A writing without spaces: any place between two characters will do.
    return next((at for at in range(last, first, -1) if _at_character(at, offsets)), last)


def _at_character(at: int, offsets: list[tuple[int, int]]) -> bool:
    """Does token `at` begin a character? A byte-level token may begin inside one."""
    return offsets[at][0] >= offsets[at - 1][1]
