"""Our skills and topics are what they promise; the user's are read safely, and each fault is one sentence."""

import re
import unicodedata
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.length import sentences
from skillscale.tasks.skill_mix.library import CATEGORIES, Library, Skill, aliases_of, read_library
from skillscale.tasks.skill_mix.names import mentioned, words_of

# As the authors spell them.
RELEASED_SKILLS = {
    "self serving bias",
    "accident fallacy",
    "complex question",
    "red herring",
    "metaphor",
    "spatial reasoning",
    "modus ponens",
    "statistical syllogism",
    "emotional self regulation",
    "folk physics",
}
RELEASED_TOPICS = {
    "Sewing",
    "Dueling",
    "The Ottoman Empire",
    "Urbanism",
    "Beekeeping",
    "Survivalism",
    "Guerilla warfare",
    "Triathlons",
    "Gardening",
    "Knots",
}
SKILL = {"name": "irony of fate", "category": "literary", "definition": "Fate mocks.", "example": "It rained."}


@pytest.fixture(scope="module")
def ours() -> Library:
    return read_library()


def yaml_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "my.yaml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    return path


def skills_of(tmp_path: Path, *entries: dict[str, str]) -> Path:
    """A file of skills, each a copy of SKILL with other fields; a field given as `` is left out."""
    lines = ["skills:"]
    for entry in entries:
        fields = [f"{name}: {value}" for name, value in (SKILL | entry).items() if value]
        lines += [f"  - {fields[0]}", *(f"    {field}" for field in fields[1:])]
    return yaml_of(tmp_path, "\n".join(lines) + "\n")


def test_there_are_enough_and_the_released_ones_are_marked(ours: Library) -> None:
    assert len(ours.skills) >= 120 and len(ours.topics) >= 120
    assert {one.name for one in ours.skills if one.released} == RELEASED_SKILLS
    assert {one.name for one in ours.topics if one.released} == RELEASED_TOPICS


def test_the_eight_categories_are_balanced(ours: Library) -> None:
    counts = Counter(one.category for one in ours.skills)
    assert set(counts) == set(CATEGORIES)
    assert max(counts.values()) - min(counts.values()) <= 2


def test_no_name_or_alias_stands_inside_another_skills(ours: Library) -> None:
    """Else a text that names one skill would be charged with another's name too."""
    for one, other in combinations(ours.skills, 2):
        for name in (one.name, *one.aliases):
            assert not mentioned(" ; ".join((other.name, *other.aliases)), [name]), (name, other.name)
        for name in (other.name, *other.aliases):
            assert not mentioned(" ; ".join((one.name, *one.aliases)), [name]), (name, one.name)


def test_an_example_shows_its_skill_and_does_not_name_it(ours: Library) -> None:
    for one in ours.skills:
        for name in (one.name, *one.aliases):
            assert name.casefold() not in one.example.casefold() or not mentioned(one.example, [name]), one.name
            assert not mentioned(one.example, [name]), one.name


def test_texts_are_short_plain_and_whole(ours: Library) -> None:
    for one in ours.skills:
        assert 7 <= len(words_of(one.definition)) <= 45, one.name
        assert 6 <= len(words_of(one.example)) <= 45, one.name
        assert one.article and one.article[0].isupper()
        for text in (one.definition, one.example):
            assert text[-1] in '."?' and not re.search(r"[*_`#<>{}]|\s\s", text), one.name
            assert unicodedata.is_normalized("NFC", text)
    assert all(len(one.name) <= 30 and one.name[0].isupper() for one in ours.topics)


def test_only_near_pairs_are_worded_alike(ours: Library) -> None:
    near = {frozenset(pair.names) for pair in ours.near_pairs}
    for one, other in combinations(ours.skills, 2):
        for text, like in ((one.definition, other.definition), (one.example, other.example)):
            words, others = set(words_of(text)), set(words_of(like))
            alike = len(words & others) / len(words | others)
            assert alike < 0.5 or frozenset((one.name, other.name)) in near, (text, like)


def test_every_skill_fits_into_one_sentence(ours: Library) -> None:
    """So that any two fit into the one sentence that a text on k = 2 may have, each in a clause of its own."""
    for one in ours.skills:
        assert len(sentences(one.example)) == 1, one.name


def test_skills_that_share_a_word_of_art_are_told_apart(ours: Library) -> None:
    """Names that have a telling word in common, such as two syllogisms, must be among the near pairs."""
    near = {frozenset(pair.names) for pair in ours.near_pairs}
    everyday = {"of", "the", "and", "in", "effect", "bias", "fallacy", "reasoning", "error", "expression", "utterance"}
    everyday |= {
        "cost",
        "false",
        "thermal",
        "self",
        "question",
        "attribution",
        "psychological",
    }  # two senses, two articles
    for one, other in combinations(ours.skills, 2):
        shared = set(words_of(one.name)) & set(words_of(other.name)) - everyday
        assert not shared or frozenset((one.name, other.name)) in near, (one.name, other.name)


def test_near_pairs_stand_once_and_say_what_keeps_them_apart(ours: Library) -> None:
    pairs = [frozenset(pair.names) for pair in ours.near_pairs]
    assert len(pairs) == len(set(pairs)) >= 60
    assert all(len(words_of(pair.apart)) >= 6 for pair in ours.near_pairs)


def test_the_digest_is_of_the_content_and_not_of_its_order(ours: Library) -> None:
    turned = Library(skills=ours.skills[::-1], topics=ours.topics[::-1])
    assert turned.digest == ours.digest and re.fullmatch("[0-9a-f]{64}", ours.digest)
    one = ours.skills[0]
    changed = Skill(name=one.name, aliases=one.aliases, category=one.category, definition="Else.", example=one.example)
    assert Library(skills=(changed, *ours.skills[1:]), topics=ours.topics).digest != ours.digest


def test_a_skill_is_found_by_its_name(ours: Library) -> None:
    assert ours.skill("zeugma").aliases == ("syllepsis",) == aliases_of(ours)["zeugma"]
    with pytest.raises(SkillscaleError, match="no skill 'juggling'"):
        ours.skill("juggling")


def test_a_users_own_files_are_read(tmp_path: Path) -> None:
    path = skills_of(
        tmp_path, {"aliases": "[cruel fate, kismet]"}, {"name": "1984", "example": ">\n      It\n      rained."}
    )
    topics = tmp_path / "topics.yaml"
    topics.write_text("- Chess\n- 1812\n- {name: No, released: true}\n")
    found = read_library(path, topics)
    assert [one.name for one in found.topics] == ["Chess", "1812", "No"]  # never a number or a truth value
    assert found.skills[0].aliases == ("cruel fate", "kismet") and found.skills[0].article is None
    assert found.skills[1].name == "1984" and found.skills[1].example == "It rained."
    assert found.topics[2].released and not found.topics[0].released


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ([{"definition": ""}], r"Skill 1 of .*my.yaml \(irony of fate\) has no definition"),
        ([{"name": ""}], "Skill 1 of .* has no name"),
        ([{"example": "''"}], "empty example"),
        ([{"name": "'one, two'"}], "comma or a line break in the name 'one, two'"),
        ([{"aliases": "['a, b']"}], "comma or a line break in the aliases"),
        ([{"name": '"two\\nlines"'}], "comma or a line break"),
        ([{"name": '"bell\\a"'}], r"control or invisible character in the name 'bell\\x07'"),
        ([{"name": '"turned\\u202Eround"'}], "control or invisible character"),
        ([{"example": '"null\\0"'}], "control or invisible character in the example"),
        ([{"name": "'!?'"}], "without a letter or digit"),
        ([{"name": "x" * 81}], "81 characters, and 80 fit"),
        ([{"definition": "x" * 601}], "601 characters, and 600 fit"),
        ([{}, {}], "'irony of fate' and 'irony of fate', which are one name"),
        ([{}, {"name": "Irony-of-Fate"}], "which are one name"),
        ([{}, {"name": "kismet", "aliases": "[irony of fate]"}], "which are one name"),
        ([{"aliases": "kismet"}], "no list of names"),
        ([{"aliases": "[[kismet]]"}], "no list of names"),
        ([{"released": "perhaps"}], "Write true or false"),
        ([{"definition": "[a, b]"}], "a list or an object as definition"),
        ([{"example": "{a: b}"}], "a list or an object as example"),
        ([{"exmaple": "typed badly"}], "unknown field 'exmaple'"),
    ],
)
def test_a_fault_of_a_skill_is_one_sentence(tmp_path: Path, entries: list[dict[str, str]], sentence: str) -> None:
    with pytest.raises(SkillscaleError, match=sentence) as caught:
        read_library(skills_of(tmp_path, *entries))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no list of skills"),
        ("skills: []", "holds no list of skills"),
        ("- metaphor", "Skill 1 .* is no object with fields"),
        ("skills: [\n", "is not YAML"),
        ("- name: a: b", "is not YAML .line 1: mapping values"),
        ("- name: one\n  category: x\n  name: two", "'name' stands twice in one entry; perhaps a dash is missing"),
        ("? [a, b]\n: c", "a field's name is a list"),
        ("- !!python/object/apply:os.system ['touch harmed']", "is no object with fields"),
        ("- name: !!python/name:os.system ''", "has an empty name"),
        ("[" * 20_000, "nested too deeply"),
        ("skills: [*nobody]", "is not YAML"),
        ("\udcff\udcfe", "not text in UTF-8"),
        ("- name: \x07", "is not YAML"),
        ("x" * 2_000_001, "larger than 2,000,000 bytes"),
        ("near_pairs: 3\nskills: [{name: a, category: c, definition: d, example: e}]", "near_pairs that are no list"),
        ("skill: [{name: a}]", "holds no list of skills"),
        ("topics: [a]\nskills: [{name: a, category: c, definition: d, example: e}]", "unknown part 'topics'"),
        (
            "near_pairs: [{pair: [a, b], apart: so}]\nskills: [{name: a, category: c, definition: d, example: e}]",
            "Name two different skills",
        ),
    ],
)
def test_a_damaged_file_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SkillscaleError, match=sentence) as caught:
        read_library(yaml_of(tmp_path, text))
    assert "\n" not in str(caught.value)
    assert not Path("harmed").exists()


def test_a_bomb_of_aliases_costs_nothing(tmp_path: Path) -> None:
    bomb = (
        "a0: &a0 [x, x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 60)) + "skills: *a59\n"
    )
    with pytest.raises(SkillscaleError):
        read_library(yaml_of(tmp_path, bomb))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("- Chess\n- chess", "which are one name"), ("- [a]", "Topic 1 .* no object"), ("- 'a, b'", "comma")],
)
def test_a_fault_of_a_topic_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SkillscaleError, match=sentence):
        read_library(None, yaml_of(tmp_path, text))


def test_an_absent_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SkillscaleError, match=r"There is no file .*none\.yaml"):
        read_library(tmp_path / "none.yaml")


@pytest.mark.parametrize(("head", "public"), [("", False), ("public: true\n", True), ("public: false\n", False)])
def test_a_users_library_says_whether_it_is_public(tmp_path: Path, ours: Library, head: str, public: bool) -> None:
    file = tmp_path / "skills.yaml"
    file.write_text(f"{head}skills:\n- {{name: reefing, category: c, definition: d, example: e}}\n")
    assert read_library(file).public is public and ours.public
    file.write_text(
        file.read_text().replace("skills:", "public: perhaps\nskills:") if not head else "public: 1\nskills: [{}]"
    )
    with pytest.raises(SkillscaleError):
        read_library(file)
