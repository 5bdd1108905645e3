"""WorkedChain: the result counts, and what was said after it does not."""

import pytest

from skillscale.tasks import Item, WorkedChain


@pytest.mark.parametrize(
    ("said", "right", "steps_right"),
    [
        (" do re mi = mi", True, True),
        (" do  re mi =  mi\nfa so = so", True, True),
        (" do fa mi = mi", True, False),  # a wrong step, the right result
        (" do re mi = fa", False, False),
        (" do re mi", False, False),
        (" do re mi =", False, False),
        (" fa = fa = mi", True, False),  # what follows the last sign
        (" do re mi = mi fa", False, False),
        ("", False, False),
        ("\n", False, False),
        ("__import__('os') = mi", True, False),  # text, whatever it looks like
    ],
)
def test_a_worked_chain_is_judged_by_what_follows_the_last_equals_sign(
    said: str, right: bool, steps_right: bool
) -> None:
    chain = WorkedChain(name="chains-worked", about="Chains.")
    asked = Item(item_id="i", task="chains-worked", stratum="all", prefix="p", answer=" do re mi = mi")
    assert chain.judge(asked, said) is right
    assert chain.steps_right(asked, said) is steps_right
