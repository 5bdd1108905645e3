"""Places in a text where one word can be asked for: where it stands, of what kind it is, how often it occurs."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["capitalised-name", "function-word", "number", "other-word", "punctuation"]

_TOKEN = re.compile(r"<unk>|[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,:]\d+)*|[^\w\s]|_+")
_PUNCTUATION = frozenset('.,;:!?()"“”–—')
_AFTER_WORD = frozenset('.,;:!?)"”')  # what may stand directly behind a word
# After these a capital says nothing, or (after @) the word is the second half of one: "1 @,@ 500".
_SENTENCE_ENDS = frozenset('.:!?"“”(=-–—…@')

# Closed classes of English: determiners, pronouns, prepositions, conjunctions, auxiliaries and the like.
_ENGLISH_WORDS = """
a about above across after against all along although am among an and another any anything are around as at be
because been before behind being below beneath beside between beyond both but by can cannot could did do does
doing done down during each either else ever every everything few for from had has hath have having he hence her
here hers herself him himself his how i if in into is it its itself lest like many may me might mine more most much
must my myself near neither never no none nor not nothing now of off on once one only onto or other others our ours
ourselves out over own per same shall she should since so some something such than that the thee their theirs them
themselves then there therefore these they thine this those thou though through throughout thus thy till to too
toward towards under until unto up upon us very was we were what whatever when where whereas whether which while
who whom whose why will with within without would yet you your yours yourself yourselves
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_ENGLISH_SHARE = 0.2  # of all words; English text has 40 to 50 %
_N_COMMONEST = 100  # words that stand in for function words in other languages


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A word that can be asked for. `text[start:end]` is `answer`, with the space before the word if there is one."""

    start: int
    end: int
    answer: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """What is known of a text's words: its function words, words written in lower case, and answers by kind."""

    function_words: frozenset[str]
    lower: Counter[str]
    capitalised: Counter[str]

    def kind_of(self, word: str) -> Kind | None:
        """The kind of a word inside a sentence; None where it is none that is asked for."""
        if word[0].isdigit():
            return "number"
        if word in _PUNCTUATION:
            return "punctuation"
        if not word[0].isalpha():
            return None
        if word in self.function_words or word == "I":
            return "function-word"
        if word[0].isupper():
            # "It" in a title has a lower-case twin that is far commoner; "London" has none.
            is_name = len(word) > 1 and self.lower[word.lower()] <= self.capitalised[word] // 4
            return "capitalised-name" if is_name and word.lower() not in self.function_words else None
        return "other-word" if len(word) > 2 and word.islower() else None


def read_lexicon(texts: Iterable[str]) -> Lexicon:
    """Count the words of `texts`, those that begin a sentence or a line left out."""
    lower: Counter[str] = Counter()
    capitalised: Counter[str] = Counter()
    for text in texts:
        for _, _, word in _inner_words(text):
            if word[0].isupper():
                capitalised[word] += 1
            elif word[0].isalpha():
                lower[word] += 1
    n_english = sum(lower[word] for word in _ENGLISH)
    english = n_english >= _ENGLISH_SHARE * lower.total()
    commonest = frozenset(word for word, _ in lower.most_common(_N_COMMONEST))
    return Lexicon(function_words=_ENGLISH if english else commonest, lower=lower, capitalised=capitalised)


def gaps(text: str, lexicon: Lexicon) -> Iterator[Gap]:
    """Every place of `text` where one word, as the reader sees it, can be asked for."""
    for start, end, word in _inner_words(text):
        kind = lexicon.kind_of(word)
        if kind is None or not _stands_alone(text, end, kind):
            continue
        spaced = text[start - 1] == " "
        if spaced or (kind == "punctuation" and text[start - 1].isalnum()):
            begin = start - 1 if spaced else start
            yield Gap(start=begin, end=end, answer=text[begin:end], kind=kind)


def _inner_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Words and signs that begin neither a line nor a sentence, with where they start and end."""
    before_end, before = 0, "."
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        word = match.group()
        between = text[before_end:start]
        begins = before in _SENTENCE_ENDS and word not in _PUNCTUATION
        if not begins and between in ("", " ") and start > 0:
            yield start, end, word
        before_end, before = end, word


def _stands_alone(text: str, end: int, kind: Kind) -> bool:
    """Is nothing glued to the word's end that would make it another word ("rock'", "1 @,@ 500")?"""
    after = text[end : end + 1]
    if kind == "number" and text[end : end + 2] == " @":
        return False
    return not after or after.isspace() or (kind != "punctuation" and after in _AFTER_WORD)
