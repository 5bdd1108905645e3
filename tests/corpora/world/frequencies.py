"""Do tokens come as often as their stated log-probabilities say?"""

from collections import Counter, defaultdict

import numpy as np
import pytest
from scipy import stats

from skillscale.corpora.world.draft import Draft


def assert_frequencies_are_stated(draft: Draft, *, places: int, frequent: int, at_least: int) -> None:
    """After each prefix of fewer than `places` tokens that comes `frequent` times, by chi-square; at least so many can be tested."""
    counts: defaultdict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    stated: dict[tuple[int, ...], dict[int, float]] = defaultdict(dict)
    for row in range(len(draft)):
        tokens = draft.tokens_nc[row, : draft.lengths_n[row]].tolist()
        for place in range(min(len(tokens), places)):
            prefix = tuple(tokens[:place])
            counts[prefix][tokens[place]] += 1
            logprob = float(draft.logprobs_nc[row, place])
            assert stated[prefix].setdefault(tokens[place], logprob) == pytest.approx(logprob, abs=1e-4)
    common = [prefix for prefix, seen in counts.items() if seen.total() >= frequent]
    p_values = []
    for prefix in common:
        expected = {token: np.exp(logprob) * counts[prefix].total() for token, logprob in stated[prefix].items()}
        usual = [token for token, count in expected.items() if count >= 10]
        observed = [counts[prefix][token] for token in usual]
        rest = max(counts[prefix].total() - sum(expected[token] for token in usual), 1e-9)
        if sum(np.exp(logprob) for logprob in stated[prefix].values()) == pytest.approx(1, abs=1e-3) and len(usual) > 1:
            bins = [*(expected[token] for token in usual), rest]
            seen = [*observed, counts[prefix].total() - sum(observed)]
            keep = [i for i, count in enumerate(bins) if count >= 10]
            statistic = sum((seen[i] - bins[i]) ** 2 / bins[i] for i in keep)
            p_values.append(stats.chi2.sf(statistic, max(len(keep) - 1, 1)))
        assert sum(np.exp(logprob) for logprob in stated[prefix].values()) < 1 + 1e-3
    assert len(p_values) >= at_least
    assert min(p_values, default=1) > 1e-3 / max(len(p_values), 1)
