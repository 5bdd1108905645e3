"""Who made a model, as far as its name says: graders may favour models of their own family."""

MAKERS = {
    "anthropic": "anthropic",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "deepseek-ai": "deepseek",
    "google": "google",
    "grok": "x-ai",
    "meta-llama": "meta",
    "mistral": "mistral",
    "mistralai": "mistral",
    "openai": "openai",
    "qwen": "qwen",
    "x-ai": "x-ai",
}


def maker_of(model: str, *, base_url: str | None = None) -> str | None:
    """`openrouter/anthropic/claude-…` is by `anthropic`; None where the name does not say.

    At a base URL a leading `openai` names the protocol that the server speaks, not who made the model.
    """
    parts = [part.casefold() for part in model.split("/")[:-1]]
    if base_url is not None and parts[:1] == ["openai"]:
        parts = parts[1:]
    return next((MAKERS[part] for part in reversed(parts) if part in MAKERS), None)
