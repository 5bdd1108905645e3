"""What a run will take, before it starts."""

from skillscale.experiments.thinking.run_plan import ThinkPlan
from skillscale.models.hosted.estimate import Use
from skillscale.models.hosted.prices import BYTES_OF_A_TOKEN

# Tokens of an answer alone and of a worked one, of a model that does not think beforehand. Rough on purpose.
TOKENS_OF_AN_ANSWER, TOKENS_OF_WORKING = 30, 300
ALONE = ("direct", "few-shot")
PUZZLES_ESTIMATED = 20


def uses_of(plan: ThinkPlan) -> list[Use]:
    """About what the run takes: of hosted models. Each different answer is checked once; all are taken to differ, so it may be less."""
    problems = plan.problems()[:PUZZLES_ESTIMATED]
    stated = sum(len(plan.kind.state(one.puzzle).encode()) for one in problems) // (BYTES_OF_A_TOKEN * len(problems))
    tries = plan.n_problems * plan.n_samples
    calls, n_in, n_out = 0, 0, 0
    for way in plan.ways:
        n = plan.usual_calls(way)
        said = TOKENS_OF_AN_ANSWER if way in ALONE else TOKENS_OF_WORKING
        shown = 4 if way == "few-shot" else 1
        calls += tries * n
        # each later call of a conversation reads what came before it
        n_in += tries * (n * shown * (stated + 60) + said * n * (n - 1) // 2)
        n_out += tries * n * said
    uses: list[Use] = []
    if not plan.model.local:
        uses.append(Use(model=plan.model.name, calls=calls, input_tokens=n_in, output_tokens=n_out))
    if plan.verifier is not None and not plan.verifier.local:
        n = plan.n_checks
        checked = Use(
            model=plan.verifier.name, calls=n, input_tokens=n * (stated + 200), output_tokens=n * TOKENS_OF_WORKING
        )
        uses.append(checked)
    return uses
