"""Which combinations are one and the same at several k: their scores go together, so a bootstrap over several k draws them together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from skillscale.tasks.skill_mix.grading import Grading


def pairs_of(gradings: Iterable[Grading]) -> Mapping[str, str]:
    """Combination → the name of the smallest one that it goes on from: the same topic, and all of its skills.

    A draw pairs each combination with one at every other k (its skills at k are a prefix of those at k + 1). Each is taken on once at each k;
    one that goes on from none keeps its own name. Nothing depends on the order of gradings or skills.
    """
    asked = {one.combination: (one.topic, one.k, frozenset(one.skills)) for one in gradings}
    by_topic: dict[str, dict[int, list[tuple[str, frozenset[str]]]]] = defaultdict(lambda: defaultdict(list))
    for name, (topic, k, skills) in sorted(asked.items()):
        by_topic[topic][k].append((name, skills))
    found: dict[str, str] = {}
    for by_k in by_topic.values():
        ends: list[tuple[str, frozenset[str]]] = []  # of each line of combinations, the largest first
        for k in sorted(by_k):
            taken_on: list[tuple[str, frozenset[str]]] = []
            for name, skills in by_k[k]:
                place = next((i for i, (_, smaller) in enumerate(ends) if smaller <= skills), None)
                found[name] = name if place is None else ends.pop(place)[0]
                taken_on.append((found[name], skills))
            ends = taken_on + ends
    return found
