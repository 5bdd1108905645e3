"""What a run will take, before it starts."""

from collections.abc import Iterator

from skillscale.experiments.skill_mix.plan import MixPlan
from skillscale.models.hosted.calling import Call, Message
from skillscale.models.hosted.estimate import Use
from skillscale.models.hosted.prices import likely_tokens_in
from skillscale.tasks.skill_mix.asked import Asked
from skillscale.tasks.skill_mix.kinds import kind_named
from skillscale.tasks.skill_mix.prompting import grade_prompt, improve_prompt, write_prompt
from skillscale.tasks.skill_mix.rubric import AskedPoint, skill_key

# Tokens of an answer, without reasoning: a text with its explanation, and a sentence for each point of a grading. Rough on purpose.
TOKENS_OF_A_SENTENCE = 35
TOKENS_OF_AN_EXPLANATION = 60  # for each skill
TOKENS_OF_A_POINT = 40


def uses_of(plan: MixPlan) -> Iterator[Use]:
    """About what the run takes, from its own prompts and answers of the usual length, without reasoning."""
    for asked in plan.asked:
        for model, n, n_in, n_out in _calls(plan, asked):
            yield Use(model=model, calls=n, input_tokens=n * n_in, output_tokens=n * n_out)


def _calls(plan: MixPlan, asked: Asked) -> Iterator[tuple[str, int, int, int]]:
    """For each kind of call: model, how many, tokens in, tokens out."""
    settings, kind = plan.settings, kind_named(plan.settings.kind)
    text_tokens = TOKENS_OF_A_SENTENCE * asked.most_sentences
    answer = text_tokens + TOKENS_OF_AN_EXPLANATION * asked.k
    first = _tokens_in(write_prompt(kind, asked, improve=settings.improve))
    yield plan.model, settings.generations, first, answer
    if settings.improve:
        yield plan.model, settings.generations, first + answer + _tokens_in(improve_prompt(kind, asked)), answer
    points = [AskedPoint(key=skill_key(i), skill=skill) for i, skill in enumerate(asked.skills)]
    points += [AskedPoint(key="on_topic"), AskedPoint(key="makes_sense")]
    graded = _tokens_in(grade_prompt(kind, asked, "", points)) + text_tokens
    for grader in plan.graders:
        yield grader, settings.generations * settings.gradings, graded, TOKENS_OF_A_POINT * len(points)


def _tokens_in(prompt: str) -> int:
    message = Message(role="user", content=prompt)
    return likely_tokens_in(Call(model="", messages=(message,), draw="", temperature=0, max_tokens=1))
