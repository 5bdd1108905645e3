"""The words of the pocket world (words.txt). One word is one token; the vocabulary is the same for every seed."""

from functools import cache
from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers

PAD, EOS, UNKNOWN = "<pad>", "<eos>", "<unk>"
DIGITS = tuple("0123456789")
FOREIGN_AND = "ve"
CUSTOM_ENDINGS = ("abo eto iko ulo ando erno isto ovo arra enna illa ondo umba azo ekko ippo").split()
FOREIGN_ENDINGS = ("esh", "olk", "uth", "arn")


def read_sections() -> dict[str, tuple[str, ...]]:
    """Words by section of words.txt."""
    sections: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in (Path(__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            name = line.strip("[]")
            sections[name] = ()
        elif name:
            sections[name] += tuple(line.split())
    return sections


SECTIONS = read_sections()
COUNTS = SECTIONS["counts"]
NOUNS, PLURALS = SECTIONS["nouns"], SECTIONS["plurals"]
# each noun has a verb of its own, so that the right form is one word
VERBS_SINGULAR, VERBS_PLURAL = SECTIONS["verbs, singular"], SECTIONS["verbs, plural"]
PREPOSITIONS, ADVERBS = SECTIONS["prepositions"], SECTIONS["adverbs"]
CATEGORIES = {name: SECTIONS[f"category {name}"] for name in SECTIONS["categories"]}
FIRST_NAMES, LAST_NAMES = SECTIONS["first names"], SECTIONS["last names"]
CITIES, TRADES, PETS = SECTIONS["cities"], SECTIONS["trades"], SECTIONS["pets"]
ASPECTS, PRAISE, BLAME = SECTIONS["aspects"], SECTIONS["praise"], SECTIONS["blame"]
ADJECTIVES = SECTIONS["adjectives"]
ROOMS, ACTORS = SECTIONS["rooms"], SECTIONS["actors"]
SYMBOLS = SECTIONS["symbols"]
PIECE_SKILLS = SECTIONS["piece skills"]
# a topic has four words of its own, each of another category
TOPICS = {name: SECTIONS[f"topic {name}"] for name in SECTIONS["topics"]}


def custom_names() -> tuple[str, ...]:
    """The 256 customs: 16 beginnings by 16 endings."""
    return tuple(onset + ending for onset in "bdfghklmnprstvwz" for ending in CUSTOM_ENDINGS)


def foreign_words() -> tuple[str, ...]:
    """Words of the invented language, more than are needed."""
    return tuple(onset + rime for onset in "bdfgklmnprstvz" for rime in FOREIGN_ENDINGS)


@cache
def vocabulary() -> dict[str, int]:
    """Word to token id; padding is 0 and the end of a document 1."""
    groups = ((PAD, EOS, UNKNOWN), DIGITS, *SECTIONS.values(), custom_names(), foreign_words(), (FOREIGN_AND,))
    unique = dict.fromkeys(word for group in groups for word in group)
    return {word: index for index, word in enumerate(unique)}


@cache
def words() -> tuple[str, ...]:
    """Token id to word."""
    return tuple(vocabulary())


def world_tokenizer() -> Tokenizer:
    """One word, one token, split at white space."""
    tokenizer = Tokenizer(models.WordLevel(vocabulary(), unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()  # pyright: ignore[reportAttributeAccessIssue]
    tokenizer.add_special_tokens([PAD, EOS, UNKNOWN])
    return tokenizer
