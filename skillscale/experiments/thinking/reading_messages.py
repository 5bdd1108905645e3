"""How a model on disk reads messages: as documents of the pocket world, as the turns that it was taught, or as one text."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from skillscale.models.hosted.calling import Message

if TYPE_CHECKING:  # which would load torch
    from skillscale.models.local import LocalModel

STOP = "\n\nQuestion:"  # a model that was trained on text alone goes on with a question of its own

AsReading = Callable[[Sequence[Message]], str | tuple[str, ...]]


def documents(messages: Sequence[Message]) -> str | tuple[str, ...]:
    """Messages as documents of the pocket world."""
    texts = tuple(one.content for one in messages)
    return texts[0] if len(texts) == 1 else texts


def as_text(messages: Sequence[Message]) -> str:
    """Messages as one text, for models that know no turns; a last message of the model's own is gone on with."""
    parts = [f"{'Reply' if one.role == 'assistant' else 'Question'}:\n{one.content}" for one in messages]
    return "\n\n".join(parts) if messages[-1].role == "assistant" else "\n\n".join((*parts, "Reply:\n"))


def chat_template(model: "LocalModel") -> AsReading | None:
    """Messages in the form that the checkpoint was taught, where its tokenizer says which; None where it does not.

    The model's tokenizer then reads special tokens where they are spelt.
    """
    if not any((model.folder / name).is_file() for name in ("chat_template.jinja", "tokenizer_config.json")):
        return None
    from transformers import AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(model.folder, local_files_only=True)
    if not tokenizer.chat_template:
        return None
    model.tokenizer.encode_special_tokens = False
    start = model.tokenizer.id_to_token(model.start_id) or ""

    def reading(messages: Sequence[Message]) -> str:
        turns = [{"role": one.role, "content": one.content} for one in messages]
        goes_on = messages[-1].role == "assistant"
        text: str = tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=not goes_on, continue_final_message=goes_on
        )
        return text.removeprefix(start)  # the model reads it in any case

    return reading
