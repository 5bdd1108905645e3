"""A commitment hides the draw until it is revealed, binds to it, and says what differs where something does."""

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.commitment import Commitment, Reveal, commit, digest_of, verify
from skillscale.tasks.skill_mix.commitment_files import read_commitment, read_reveal, reveal_path, write_commitment
from skillscale.tasks.skill_mix.draw import Combination, draw
from skillscale.tasks.skill_mix.library import Library, Skill, Topic

SALT = "0123456789abcdef" * 4


def library_of(n_skills: int = 9) -> Library:
    skills = [
        Skill(name=f"skill {i}", aliases=(), category="any", definition="It is.", example="So it goes.")
        for i in range(n_skills)
    ]
    return Library(skills=tuple(skills), topics=tuple(Topic(name=f"tøpic {i}") for i in range(4)))


def made() -> tuple[Commitment, Reveal]:
    return commit(draw(library_of(), seed=5, ks=(2, 3), combinations=6), salt=SALT)


def test_what_was_committed_to_is_valid_with_and_without_the_library() -> None:
    commitment, reveal = made()
    assert verify(commitment, reveal).valid and not verify(commitment, reveal).redrawn
    assert verify(commitment, reveal, library_of()).valid and verify(commitment, reveal, library_of()).redrawn


@settings(max_examples=30, deadline=None)
@given(row=st.integers(0, 5), place=st.integers(0, 3), other=st.text(min_size=1))
def test_no_word_of_the_draw_can_be_changed(row: int, place: int, other: str) -> None:
    commitment, reveal = made()
    words = [reveal.draw.combinations[row].topic, *reveal.draw.combinations[row].skills]
    if words[place] == other:
        return
    words[place] = other
    rows = list(reveal.draw.combinations)
    rows[row] = Combination(topic=words[0], skills=tuple(words[1:]))
    changed = replace(reveal, draw=replace(reveal.draw, combinations=tuple(rows)))
    assert not verify(commitment, changed).valid
    found = verify(commitment, changed, library_of())
    assert f"1 of 6 combinations do not follow from seed 5, first {row}" in found.differences[0]
    assert "with those that the seed gives, the hash is right" in found.differences[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda reveal: replace(reveal, salt="f" * 64), "The hash of the reveal is not the commitment"),
        (lambda reveal: replace(reveal, draw=replace(reveal.draw, seed=6)), "do not follow from seed 6"),
        (
            lambda reveal: replace(reveal, draw=replace(reveal.draw, ks=(3,))),
            r"The k is \[2, 3\] in the commitment and \[3\]",
        ),
        (lambda reveal: replace(reveal, draw=replace(reveal.draw, library="a" * 64)), "which is the one committed to"),
        (
            lambda reveal: replace(reveal, draw=replace(reveal.draw, combinations=reveal.draw.combinations[:5])),
            "The number of combinations is 6 in the commitment and 5 in the reveal",
        ),
        (
            lambda reveal: replace(reveal, draw=replace(reveal.draw, ks=(2, 30))),
            "The library cannot give such a draw: k = 30",
        ),
    ],
)
def test_what_differs_is_said(change: Callable[[Reveal], Reveal], said: str) -> None:
    commitment, reveal = made()
    found = verify(commitment, change(reveal), library_of())
    assert not found.valid
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(" | ".join(found.differences))


def test_what_a_reveal_says_cannot_steer_a_terminal() -> None:
    commitment, reveal = made()
    rows = (Combination(topic="\x1b[2J", skills=reveal.draw.combinations[0].skills), *reveal.draw.combinations[1:])
    found = verify(commitment, replace(reveal, draw=replace(reveal.draw, combinations=rows)), library_of())
    assert "first 0: \\x1b[2J: " in found.differences[0] and all(one.isprintable() for one in found.differences)


def test_another_library_than_the_one_of_the_draw_is_told_apart() -> None:
    commitment, reveal = made()
    found = verify(commitment, reveal, library_of(10))
    assert found.differences == (
        "The reveal names another library than the one given. Give the library of the draw, as it was then.",
    )


def test_a_draw_that_does_not_follow_from_its_seed_is_found_though_it_was_committed_to() -> None:
    """Whoever writes a reveal by hand, with combinations that they like, is caught by the library."""
    drawn = draw(library_of(), seed=5, ks=(2, 3), combinations=6)
    liked = replace(drawn, combinations=drawn.combinations[::-1])
    commitment, reveal = commit(liked, salt=SALT)
    assert verify(commitment, reveal).valid
    found = verify(commitment, reveal, library_of())
    assert len(found.differences) == 1 and "6 of 6 combinations do not follow from seed 5" in found.differences[0]


def test_the_salt_hides_what_could_be_guessed() -> None:
    """One who knows the library and tries seeds finds nothing: the same draw has another commitment under each salt."""
    drawn = draw(library_of(), seed=5, ks=(2, 3), combinations=6)
    one, other = (commit(drawn, salt=salt)[0].digest for salt in (SALT, SALT[::-1]))
    assert one != other
    with pytest.raises(ValueError, match="64 hexadecimal digits"):
        commit(drawn, salt="pepper")


def test_the_hash_is_the_one_that_is_published() -> None:
    """The canonical JSON written by hand: a commitment of today must open in years."""
    import hashlib

    _, reveal = made()
    rows = ",".join(json.dumps([one.topic, *one.skills], separators=(",", ":")) for one in reveal.draw.combinations)
    text = (
        f'{{"combinations":6,"draw":[{rows}],"k":[2,3],"library":"{reveal.draw.library}","salt":"{SALT}",'
        '"scheme":"skillscale-draw-1","seed":5}'
    )
    assert digest_of(reveal) == hashlib.sha256(text.encode()).hexdigest()


def test_files_come_back_as_they_were_and_the_reveal_is_private(tmp_path: Path) -> None:
    commitment, reveal = made()
    path = tmp_path / "run.json"
    write_commitment(path, commitment, reveal)
    assert read_commitment(path) == commitment and read_reveal(reveal_path(path)) == reveal
    assert reveal_path(path).name == "run.reveal.json"
    assert stat.S_IMODE(reveal_path(path).stat().st_mode) == 0o600
    public = path.read_text()
    assert SALT not in public and "skill 1" not in public and reveal.draw.library not in public and "seed" not in public


def test_no_commitment_is_written_over(tmp_path: Path) -> None:
    commitment, reveal = made()
    path = tmp_path / "run"
    write_commitment(path, commitment, reveal)
    path.unlink()
    before = reveal_path(path).read_bytes()
    with pytest.raises(SkillscaleError, match=r"run\.reveal exists already"):
        write_commitment(path, commitment, replace(reveal, salt="f" * 64))
    assert reveal_path(path).read_bytes() == before and not path.exists()


def test_where_one_file_cannot_be_written_there_is_neither(tmp_path: Path) -> None:
    (tmp_path / "run.json").symlink_to("nowhere")
    with pytest.raises(SkillscaleError, match=r"run\.json and run\.reveal\.json could not be written \(File exists\)"):
        write_commitment(tmp_path / "run.json", *made())
    assert not (tmp_path / "run.reveal.json").exists()


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda held: held | {"salt": "short"}, "damaged reveal"),
        (lambda held: held | {"seed": -1}, "damaged reveal"),
        (lambda held: held | {"seed": True}, "damaged reveal"),
        (lambda held: held | {"k": [3, 2]}, "damaged reveal"),
        (lambda held: held | {"k": []}, "damaged reveal"),
        (lambda held: held | {"k": [2, 4]}, "damaged reveal"),
        (lambda held: held | {"draw": []}, "damaged reveal"),
        (lambda held: held | {"draw": [{"topic": "t", "skills": ["a", "a", "b"]}]}, "damaged reveal"),
        (lambda held: held | {"draw": [{"topic": 1, "skills": ["a", "b", "c"]}]}, "damaged reveal"),
        (lambda held: held | {"scheme": "other"}, "the scheme 'other'"),
        (lambda held: held | {"more": 1}, "is no reveal"),
        (lambda held: [held], "is no reveal"),
    ],
)
def test_a_damaged_reveal_is_told_in_a_sentence(tmp_path: Path, damage: Callable[[Any], Any], sentence: str) -> None:
    path = tmp_path / "run.json"
    write_commitment(path, *made())
    secret = reveal_path(path)
    secret.write_text(json.dumps(damage(json.loads(secret.read_text()))))
    with pytest.raises(SkillscaleError, match=sentence):
        read_reveal(secret)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("\udcff", "is not JSON"),
        ('{"scheme": "skillscale-draw-1", "scheme": "skillscale-draw-1"}', "is not JSON"),
        ('{"scheme": "skillscale-draw-1"}', "is no commitment"),
        ('{"scheme": "skillscale-draw-1", "commitment": "x", "k": [2], "combinations": 1}', "damaged commitment"),
    ],
)
def test_a_damaged_commitment_is_told_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SkillscaleError, match=sentence):
        read_commitment(path)
    with pytest.raises(SkillscaleError, match="There is no file"):
        read_commitment(tmp_path / "none.json")
