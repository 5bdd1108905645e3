"""`skillscale mix draw`, `verify` and `novelty`: what programs rely on, and what people read."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from skillscale.cli.main import commands
from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.ks import parse_ks

SKILLS = """
- {name: one, category: x, definition: It is one., example: So.}
- {name: two, category: x, definition: It is two., example: So too.}
- {name: three, category: x, definition: It is three., example: So as well.}
"""


def ask(*words: str, code: int = 0) -> str:
    """What the command prints. A user's mistake is raised."""
    done = CliRunner().invoke(commands, ["mix", *words], catch_exceptions=True)
    if isinstance(done.exception, SkillscaleError):
        raise done.exception
    assert done.exit_code == code, done.output
    return done.output


def json_of(*words: str, code: int = 0) -> Any:
    return json.loads(ask(*words, "--json", code=code))


def test_a_draw_is_seeded_and_paired() -> None:
    found = json_of("draw", "--seed", "3", "-k", "2-5")
    assert found == json_of("draw", "--seed", "3", "-k", "2-5") != json_of("draw", "--seed", "4", "-k", "2-5")
    assert (found["k"], found["combinations"], len(found["draws"])) == ([2, 3, 4, 5], 100, 400)
    by_k = {k: [row for row in found["draws"] if row["k"] == k] for k in found["k"]}
    for small, large in zip(by_k[2], by_k[5], strict=True):
        assert small["skills"] == large["skills"][:2] and small["topic"] == large["topic"]
        assert small["combination"] == large["combination"] and len(set(large["skills"])) == 5


def test_a_draw_reads_well() -> None:
    said = ask("draw", "--seed", "3", "-k", "2,4", "--combinations", "3")
    assert "3 combinations of 4 of 128 skills, with 144 topics, seed 3; k = 2 take the first skills of each" in said
    assert len(said.splitlines()) == 5


def test_users_bring_their_own(tmp_path: Path) -> None:
    skills, topics = tmp_path / "skills.yaml", tmp_path / "topics.yaml"
    skills.write_text(SKILLS)
    topics.write_text("topics: [Chess, 1812]\n")
    found = json_of("draw", "-k", "2", "--combinations", "6", "--skills", str(skills), "--topics", str(topics))
    assert (found["n_skills"], found["n_topics"]) == (3, 2)
    assert len({(row["topic"], frozenset(row["skills"])) for row in found["draws"]}) == 6
    skills.write_text(SKILLS.replace("definition: It is two., ", ""))
    with pytest.raises(SkillscaleError, match=r"Skill 2 of .*skills\.yaml \(two\) has no definition"):
        ask("draw", "-k", "2", "--skills", str(skills))


def test_a_commitment_opens_and_a_changed_reveal_does_not(tmp_path: Path) -> None:
    found = json_of(
        "draw", "--seed", "3", "-k", "2-3", "--combinations", "5", "--commit", str(tmp_path / "new" / "run.json")
    )
    public, secret = Path(found["commitment_file"]), Path(found["reveal_file"])
    verified = json_of("verify", str(public), str(secret))
    assert verified["valid"] and verified["redrawn"] and verified["differences"] == []
    assert verified["commitment"] == found["commitment"] == json.loads(public.read_text())["commitment"]
    assert "valid: the draw of 5 combinations is the one committed to and follows from seed 3" in ask(
        "verify", str(public), str(secret)
    )
    changed = tmp_path / "changed.json"
    changed.write_text(secret.read_text().replace(found["draws"][0]["topic"], "Chess"))
    assert not json_of("verify", str(public), str(changed), code=1)["valid"]
    said = ask("verify", str(public), str(changed), code=1)
    assert said.startswith("not valid\n- 1 of 5 combinations do not follow from seed 3, first 0: Chess:")


def test_two_commitments_to_one_draw_are_not_alike(tmp_path: Path) -> None:
    words = ("draw", "--combinations", "2", "--commit")
    assert (
        json_of(*words, str(tmp_path / "a.json"))["commitment"]
        != json_of(*words, str(tmp_path / "b.json"))["commitment"]
    )


def test_a_private_draw_is_verified_with_its_library_or_as_far_as_it_goes_without(tmp_path: Path) -> None:
    skills, public = tmp_path / "skills.yaml", tmp_path / "run.json"
    skills.write_text(SKILLS)
    ask("draw", "-k", "2", "--combinations", "2", "--skills", str(skills), "--commit", str(public))
    secret = str(tmp_path / "run.reveal.json")
    without = json_of("verify", str(public), secret)
    assert without["valid"] and not without["redrawn"]
    assert "whether it follows from its seed needs its library" in ask("verify", str(public), secret)
    assert json_of("verify", str(public), secret, "--skills", str(skills))["redrawn"]
    skills.write_text(SKILLS.replace("It is two", "It is no longer two"))
    found = json_of("verify", str(public), secret, "--skills", str(skills), code=1)
    assert found["differences"] == [
        "The reveal names another library than the one given. Give the library of the draw, as it was then."
    ]


def test_a_reveal_of_another_commitment_is_not_valid(tmp_path: Path) -> None:
    for name in ("a", "b"):
        ask("draw", "--combinations", "2", "--commit", str(tmp_path / f"{name}.json"))
    found = json_of("verify", str(tmp_path / "a.json"), str(tmp_path / "b.reveal.json"), code=1)
    assert len(found["differences"]) == 1 and "not the commitment" in found["differences"][0]


def test_novelty_has_the_published_figures() -> None:
    five = json_of("novelty", "--success", ".12", "-k", "5")
    assert five["expected_in_corpus_rate"] == pytest.approx(0.068109, abs=5e-7)
    assert five["unseen_share_at_least"] == pytest.approx(0.432, abs=5e-4)
    assert five["interval"] is None and five["evidence"] == "no interval"
    four = json_of("novelty", "--success", ".48", "-k", "4")
    assert four["unseen_share_at_least"] is None and four["evidence"] == "none"


def test_novelty_says_when_it_is_within_noise() -> None:
    words = ("--success", ".12", "--successes", "12", "--of", "100")
    found = json_of("novelty", "-k", "5", *words)
    assert found["evidence"] == "within noise" and found["interval"]["unseen_low"] is None
    assert found["interval"]["success_low"] < found["expected_in_corpus_rate"]
    assert "within noise" in ask("novelty", "-k", "5", *words)
    assert json_of("novelty", "-k", "5", "--successes", "12", "--of", "100") == found
    more = json_of("novelty", "-k", "6", "--success", ".08", "--of", "100")
    assert more["evidence"] == "beyond noise" and more["interval"]["unseen_low"] > 0.97


@pytest.mark.parametrize(
    ("text", "ks"), [("3", (3,)), ("2-5", (2, 3, 4, 5)), ("2, 4,6-8", (2, 4, 6, 7, 8)), ("4,2-4", (2, 3, 4))]
)
def test_ks_are_a_list_or_a_range(text: str, ks: tuple[int, ...]) -> None:
    assert parse_ks(text) == ks


@pytest.mark.parametrize("text", ["", "a", "5-2", "0-2", "2-", "-2", "1-9999", "2.5", "²", "2--3"])
def test_ks_that_are_none_are_told_in_a_sentence(text: str) -> None:
    with pytest.raises(SkillscaleError, match="write 3, 2-5 or 2,4,6"):
        parse_ks(text)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("draw", "-k", "200"), "k = 200 was asked of a library of 128 skills"),
        (("draw", "--skills", "none.yaml"), "There is no file none.yaml"),
        (
            ("draw", "--commit", "home/.profile/in/run.json"),
            r"^home/\.profile/in/run\.json and run\.reveal\.json could not be written \(Not a directory\)",
        ),
        (("draw", "--skills", "/dev/zero"), "/dev/zero is no ordinary file; give a YAML file"),
        (("draw", "--skills", "."), r"^\. is a folder and no file; give a YAML file"),
        (("verify", "none.json", "none.json"), "There is no file none.json"),
        (("novelty", "-k", "5"), "No success was given"),
        (("novelty", "-k", "5", "--successes", "12"), "12 successes of 0 combinations"),
        (("novelty", "-k", "5", "--successes", "12", "--of", "10"), "12 successes of 10 combinations"),
        (
            ("novelty", "-k", "5", "--success", ".5", "--successes", "12", "--of", "100"),
            "--success 0.5 is not 12 of 100",
        ),
        (
            ("novelty", "-k", "5", "--success", ".123", "--successes", "12", "--of", "100"),
            "--success 0.123 is not 12 of 100",
        ),
        (("novelty", "-k", "5", "--success", ".123", "--of", "100"), "12.3 of them"),
        (("novelty", "-k", "5", "--success", ".12", "--level", "1"), "The level 1"),
        (("novelty", "-k", "100000000000000000000", "--success", ".12"), "k was given as 100000000000000000000"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    (tmp_path / "home" / ".profile").write_text("a file is no folder")
    with pytest.raises(SkillscaleError, match=sentence):
        ask(*words)
