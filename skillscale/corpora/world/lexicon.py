"""The words of the pocket world. One word is one token; the vocabulary is the same for every seed."""

from functools import cache

from tokenizers import Tokenizer, models, pre_tokenizers

PAD, EOS, UNKNOWN = "<pad>", "<eos>", "<unk>"

DIGITS = tuple("0123456789")
COUNTS = ("one", "two", "three", "four", "five", "six", "seven", "eight")

# Agreement: each noun has a verb of its own, so that the right form is one word.
NOUNS = (
        "dog",
        "cat",
        "bird",
        "horse",
        "child",
        "baker",
        "king",
        "river",
        "bell",
        "flower",
        "wolf",
        "ship",
        "star",
        "clock",
        "frog",
        "wind",
    )
PLURALS = (
        "dogs",
        "cats",
        "birds",
        "horses",
        "children",
        "bakers",
        "kings",
        "rivers",
        "bells",
        "flowers",
        "wolves",
        "ships",
        "stars",
        "clocks",
        "frogs",
        "winds",
    )
VERBS_SINGULAR = (
        "barks",
        "purrs",
        "sings",
        "gallops",
        "plays",
        "bakes",
        "rules",
        "flows",
        "rings",
        "blooms",
        "howls",
        "sails",
        "shines",
        "ticks",
        "croaks",
        "blows",
    )
VERBS_PLURAL = (
        "bark",
        "purr",
        "sing",
        "gallop",
        "play",
        "bake",
        "rule",
        "flow",
        "ring",
        "bloom",
        "howl",
        "sail",
        "shine",
        "tick",
        "croak",
        "blow",
    )
PREPOSITIONS = ("near", "behind", "above", "beside")
ADVERBS = ("softly", "today", "often", "again", "loudly", "slowly")

CATEGORIES: dict[str, tuple[str, ...]] = {
    "fruit": ("apple", "pear", "plum", "grape", "lemon", "peach", "melon", "cherry", "mango", "fig", "banana", "orange"),
    "tools": ("hammer", "saw", "drill", "wrench", "pliers", "chisel", "shovel", "rake", "axe", "file", "clamp", "level"),
    "clothes": ("shirt", "coat", "hat", "scarf", "glove", "sock", "boot", "skirt", "belt", "vest", "jacket", "dress"),
    "furniture": ("table", "chair", "bed", "desk", "shelf", "sofa", "stool", "bench", "cabinet", "wardrobe", "crib", "cupboard"),
    "music": ("piano", "violin", "drum", "flute", "harp", "guitar", "cello", "trumpet", "banjo", "oboe", "tuba", "organ"),
    "drinks": ("tea", "coffee", "milk", "juice", "water", "cider", "cocoa", "soda", "beer", "wine", "lemonade", "punch"),
    "metals": ("iron", "copper", "gold", "silver", "tin", "lead", "zinc", "nickel", "steel", "bronze", "brass", "chrome"),
    "fish": ("trout", "salmon", "cod", "tuna", "herring", "carp", "eel", "pike", "perch", "bass", "sole", "mackerel"),
}

FIRST_NAMES = (
        "Anna",
        "Boris",
        "Clara",
        "David",
        "Elena",
        "Felix",
        "Greta",
        "Henry",
        "Irene",
        "Jonas",
        "Karin",
        "Lukas",
        "Maria",
        "Niels",
        "Olga",
        "Peter",
        "Quinn",
        "Rosa",
        "Simon",
        "Tessa",
        "Ulric",
        "Vera",
        "Walter",
        "Xenia",
        "Yusuf",
        "Zelda",
        "Arthur",
        "Bella",
        "Cyrus",
        "Dora",
        "Edgar",
        "Flora",
        "Gustav",
        "Hanna",
        "Igor",
        "Julia",
        "Kevin",
        "Laura",
        "Martin",
        "Nora",
        "Oscar",
        "Paula",
        "Robert",
        "Sonja",
        "Tobias",
        "Ursula",
        "Victor",
        "Wanda",
    )
LAST_NAMES = (
        "Abbot",
        "Berger",
        "Costa",
        "Duval",
        "Ekman",
        "Fischer",
        "Garcia",
        "Holm",
        "Ivanov",
        "Jansen",
        "Keller",
        "Lopez",
        "Moreau",
        "Novak",
        "Olsen",
        "Petrov",
        "Quist",
        "Rossi",
        "Silva",
        "Torres",
        "Urban",
        "Varga",
        "Weber",
        "Yamada",
        "Zeller",
        "Adler",
        "Brandt",
        "Conti",
        "Dahl",
        "Ellis",
        "Fuchs",
        "Greco",
        "Hansen",
        "Ilic",
        "Jung",
        "Klein",
        "Lang",
        "Meyer",
        "Nagy",
        "Orlov",
        "Pinto",
        "Reyes",
        "Sato",
        "Tanaka",
        "Ulrich",
        "Vogel",
        "Wagner",
        "Zhang",
    )
CITIES = (
        "London",
        "Paris",
        "Madrid",
        "Rome",
        "Vienna",
        "Prague",
        "Lisbon",
        "Dublin",
        "Oslo",
        "Athens",
        "Warsaw",
        "Berlin",
        "Cairo",
        "Tokyo",
        "Delhi",
        "Lima",
        "Boston",
        "Quebec",
        "Havana",
        "Sydney",
        "Zurich",
        "Geneva",
        "Naples",
        "Milan",
    )
TRADES = (
        "carpenter",
        "doctor",
        "teacher",
        "farmer",
        "painter",
        "sailor",
        "tailor",
        "lawyer",
        "pilot",
        "nurse",
        "barber",
        "butcher",
        "printer",
        "jeweller",
        "plumber",
        "potter",
        "weaver",
        "miner",
        "singer",
        "dancer",
        "gardener",
        "surgeon",
        "clerk",
        "judge",
    )
PETS = (
        "hamster",
        "parrot",
        "rabbit",
        "turtle",
        "goldfish",
        "lizard",
        "ferret",
        "canary",
        "spider",
        "mouse",
        "snake",
        "pony",
    )

ASPECTS = ("soup", "staff", "room", "view", "music", "price", "menu", "chef", "bread", "service", "garden", "dessert")
PRAISE = (
        "superb",
        "lovely",
        "great",
        "charming",
        "perfect",
        "pleasant",
        "delicious",
        "fresh",
        "splendid",
        "friendly",
        "warm",
        "bright",
    )
BLAME = ("awful", "bad", "dull", "rude", "stale", "dirty", "boring", "cold", "nasty", "poor", "bitter", "noisy")

ADJECTIVES = (
        "red",
        "old",
        "small",
        "green",
        "young",
        "tall",
        "blue",
        "wild",
        "quiet",
        "grey",
        "happy",
        "tired",
        "brave",
        "round",
        "white",
        "black",
    )

ROOMS = ("kitchen", "attic", "cellar", "hall", "library", "garage", "porch", "bathroom")
ACTORS = ("Mia", "Tom", "Ada", "Leo", "Eva", "Max")

SYMBOLS = (
        "rose",
        "lamp",
        "drum",
        "key",
        "ring",
        "leaf",
        "coin",
        "shell",
        "feather",
        "stone",
        "candle",
        "ribbon",
        "mirror",
        "thread",
        "basket",
        "arrow",
        "button",
        "crown",
        "bottle",
        "ladder",
        "whistle",
        "pearl",
        "anchor",
        "marble",
        "lantern",
        "needle",
        "acorn",
        "pebble",
        "map",
        "mask",
        "kite",
        "rope",
    )

WORDS = (
        "the",
        "kind",
        "odd",
        "of",
        "in",
        "is",
        ":",
        "?",
        ",",
        ".",
        "not",
        "review",
        "verdict",
        "good",
        "translate",
        "and",
        "story",
        "enters",
        "follows",
        "where",
        "sum",
        "difference",
        "+",
        "-",
        "=",
        "from",
        "take",
        "lives",
        "works",
        "keeps",
        "as",
        "a",
        "ask",
        "what",
        "which",
        "does",
        "has",
    )


def custom_names() -> tuple[str, ...]:
    """The 256 customs: 16 beginnings by 16 endings."""
    endings = [
        "abo",
        "eto",
        "iko",
        "ulo",
        "ando",
        "erno",
        "isto",
        "ovo",
        "arra",
        "enna",
        "illa",
        "ondo",
        "umba",
        "azo",
        "ekko",
        "ippo",
    ]
    return tuple(onset + ending for onset in "bdfghklmnprstvwz" for ending in endings)


def foreign_words() -> tuple[str, ...]:
    """Words of the invented language, more than are needed."""
    return tuple(onset + rime for onset in "bdfgklmnprstvz" for rime in ("esh", "olk", "uth", "arn"))


FOREIGN_AND = "ve"


@cache
def vocabulary() -> dict[str, int]:
    """Word to token id; padding is 0 and the end of a document 1."""
    groups = (
        (PAD, EOS, UNKNOWN),
        DIGITS,
        WORDS,
        COUNTS,
        NOUNS,
        PLURALS,
        VERBS_SINGULAR,
        VERBS_PLURAL,
        PREPOSITIONS,
        ADVERBS,
        CATEGORIES,
        *CATEGORIES.values(),
        FIRST_NAMES,
        LAST_NAMES,
        CITIES,
        TRADES,
        PETS,
        ASPECTS,
        PRAISE,
        BLAME,
        ADJECTIVES,
        ROOMS,
        ACTORS,
        SYMBOLS,
        custom_names(),
        foreign_words(),
        (FOREIGN_AND,),
    )
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
