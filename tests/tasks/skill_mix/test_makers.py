"""Families of models, from their names alone."""

import pytest

from skillscale.tasks.skill_mix.makers import maker_of


@pytest.mark.parametrize(
    ("model", "base_url", "maker"),
    [
        ("openai/gpt-4o", None, "openai"),
        ("openrouter/anthropic/claude-sonnet-4", None, "anthropic"),
        ("together/mistralai/Mixtral-8x7B", None, "mistral"),
        ("hf/Qwen/Qwen3-8B", None, "qwen"),
        ("ollama/llama3", None, None),
        ("gpt-4o", None, None),
        ("openai/my-own", "http://127.0.0.1:8000/v1", None),
        ("openai/meta-llama/Llama-3-8B", "http://127.0.0.1:8000/v1", "meta"),
    ],
)
def test_the_maker_stands_in_the_name_or_nowhere(model: str, base_url: str | None, maker: str | None) -> None:
    assert maker_of(model, base_url=base_url) == maker
