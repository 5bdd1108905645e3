"""Which skills the syntax tree of a program shows. Skills that are not in DECISIONS are left to a grader."""

from collections.abc import Callable, Sequence

from skillscale.tasks.skill_mix.code import control_flow, data, functions, objects
from skillscale.tasks.skill_mix.code.live import Live, live_part
from skillscale.tasks.skill_mix.code.program import Program

# Skill of skills.yaml → its decision.
DECISIONS: dict[str, Callable[[Live], bool]] = {
    "alternative constructor": objects.alternative_constructor,
    "assignment expression": control_flow.assignment_expression,
    "bit manipulation": data.bit_manipulation,
    "chained comparison": control_flow.chained_comparison,
    "closure": functions.closure,
    "conditional expression": control_flow.conditional_expression,
    "context manager": objects.context_manager,
    "decorator": functions.decorator,
    "dictionary comprehension": data.dictionary_comprehension,
    "dictionary dispatch": data.dictionary_dispatch,
    "exception handling": control_flow.exception_handling,
    "frequency count": data.frequency_count,
    "generator": functions.generator,
    "generic annotation": objects.generic_annotation,
    "guard clause": control_flow.guard_clause,
    "heap": data.heap,
    "higher-order function": functions.higher_order_function,
    "iterator protocol": objects.iterator_protocol,
    "lambda argument": functions.lambda_argument,
    "list comprehension": data.list_comprehension,
    "loop else": control_flow.loop_else,
    "memoisation": functions.memoisation,
    "operator overloading": objects.operator_overloading,
    "partial application": functions.partial_application,
    "precondition check": control_flow.precondition_check,
    "queue": data.queue,
    "record type": objects.record_type,
    "recursion": functions.recursion,
    "regular expression": data.regular_expression,
    "set membership": data.set_membership,
    "slicing": data.slicing,
    "sorting by key": data.sorting_by_key,
    "stack": data.stack,
    "starred unpacking": data.starred_unpacking,
    "string formatting": data.string_formatting,
    "structural pattern matching": control_flow.structural_pattern_matching,
    "tail accumulator": functions.tail_accumulator,
    "variadic arguments": functions.variadic_arguments,
}


def shown_skills(program: Program, skills: Sequence[str]) -> dict[str, bool]:
    """For each of the skills that the tree decides whether the program shows it, in what its tests can reach."""
    live = live_part(program)
    return {name: DECISIONS[name](live) for name in skills if name in DECISIONS}
