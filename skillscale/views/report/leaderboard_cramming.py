"""The same model on public and on private skills, beside the leaderboard: the difference, and a flag where it is significant."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from skillscale.laws.skill_mix.answers import gather
from skillscale.laws.skill_mix.comparison import Cramming, cramming_of_several
from skillscale.tasks.skill_mix.grading import Grading
from skillscale.views.report.leaderboard import Board, MixRun
from skillscale.views.skill_mix_wording import interval
from skillscale.views.wording import listed, percent

Protocol = tuple[tuple[str, str], ...]  # names of settings and their values as JSON
ByProtocol = dict[Protocol, list[Grading]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrammingRow:
    """One model in the eyes of one grader. `settings` says how it was asked, where it was asked in several ways."""

    found: Cramming
    settings: str

    @property
    def words(self) -> str:
        """The difference with its interval."""
        return interval(self.found.difference)

    @property
    def verdict(self) -> str:
        """What the interval allows to say."""
        if self.found.crammed:
            return "better on public skills"
        below = self.found.difference.high is not None and self.found.difference.high < 0
        return "better on private skills" if below else "cannot be told apart"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrammingTable:
    """`rows` are those tested, `untold` sentences on models that have runs on both libraries and no test; both may be empty."""

    rows: tuple[CrammingRow, ...]
    untold: tuple[str, ...]
    level: float

    @property
    def sentence(self) -> str:
        """How many were tested and which are flagged; how large a difference may be where none is. Empty where nothing was tested."""
        if not self.rows:
            return ""
        n = len(self.rows)
        tested = f"{n} {'pair' if n == 1 else 'pairs'} of model and grader {'was' if n == 1 else 'were'} tested"
        if flagged := [f"{row.found.model} (graded by {row.found.grader})" for row in self.rows if row.found.crammed]:
            return f"{tested}; {listed(flagged)} {'does' if len(flagged) == 1 else 'do'} significantly better on public skills."
        most = max(row.found.difference.high or 0.0 for row in self.rows)
        may = f", though it may be as much as {most:.2f}" if most > 0 else ""
        return f"{tested}; it cannot be told that {'it does' if n == 1 else 'any does'} better on public skills{may}."

    @property
    def level_words(self) -> str:
        """What the intervals hold for."""
        at_once = f" that hold for all {len(self.rows)} at once" if len(self.rows) > 1 else ""
        return f"{percent(self.level)} intervals{at_once}"


def cramming_of_board(board: Board, *, seed: int = 0) -> CrammingTable:
    """Each model and grader that the board has on public and on private skills, asked and graded in the same way.

    One test each, of all runs of that kind together; a combination that several of them asked counts once.
    """
    tests: list[tuple[list[Grading], str]] = []
    untold: list[str] = []
    for (model, grader), by_protocol in sorted(_by_model(board).items()):
        both = {protocol: own for protocol, own in by_protocol.items() if _kinds(own) == {True, False}}
        if not both and {kind for own in by_protocol.values() for kind in _kinds(own)} == {True, False}:
            differing = listed(sorted(_differing(by_protocol)))
            untold.append(
                f"{model}, graded by {grader}: the runs on public and on private skills differ in {differing}."
            )
        names = _differing(both)
        for protocol, own in both.items():
            settings = ", ".join(f"{name} {value}" for name, value in protocol if name in names)
            tests.append((own, settings))
    rows: list[CrammingRow] = []
    found = cramming_of_several([gather(own) for own, _ in tests], level=board.level, seed=seed)
    for one, (own, settings) in zip(found, tests, strict=True):
        if one is None:
            who = f"{own[0].model}, graded by {own[0].grader}"
            untold.append(f"{who}: no k has a text with a verdict on public skills and one on private skills.")
        else:
            rows.append(CrammingRow(found=one, settings=settings))
    return CrammingTable(rows=tuple(rows), untold=tuple(untold), level=board.level)


def _by_model(board: Board) -> Mapping[tuple[str, str], ByProtocol]:
    """Gradings of public and private skills by model and grader, then by how texts were asked for and graded."""
    found: dict[tuple[str, str], ByProtocol] = defaultdict(lambda: defaultdict(list))
    for one, protocol in _gradings(list({row.run.key: row.run for row in board.rows}.values())):
        found[one.model, one.grader][protocol].append(one)
    return found


def _gradings(runs: Sequence[MixRun]) -> Iterator[tuple[Grading, Protocol]]:
    """Gradings of several runs made fit to stand together: what was asked names the combination, and generations are numbered on.

    Runs name combinations by their seed alone, so that other ones may have the same name, and the same one several.
    """
    generations: dict[tuple[str, str], dict[tuple[str, int], int]] = defaultdict(dict)
    for run in runs:
        for one in run.gradings:
            if one.public is None:
                continue
            order = sorted(range(one.k), key=one.skills.__getitem__)
            skills = tuple(one.skills[place] for place in order)
            name = json.dumps([one.public, one.kind, one.topic, *skills])
            numbered = generations[name, one.model]
            protocol = {**run.protocol, "kind": one.kind}
            yield (
                replace(
                    one,
                    combination=name,
                    skills=skills,
                    points=tuple(one.points[place] for place in order),
                    generation=numbered.setdefault((run.key, one.generation), len(numbered)),
                    text=None,
                ),
                tuple((name, json.dumps(value)) for name, value in sorted(protocol.items())),
            )


def _kinds(own: Sequence[Grading]) -> set[bool | None]:
    return {one.public for one in own}


def _differing(protocols: Mapping[Protocol, object]) -> set[str]:
    """Settings in which these differ."""
    named = {name for protocol in protocols for name, _ in protocol}
    return {name for name in named if len({dict(protocol).get(name) for protocol in protocols}) > 1}
