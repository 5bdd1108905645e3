"""A trained model as a Hugging Face folder, which every tool of that ecosystem opens."""

from pathlib import Path

from safetensors.torch import save_file
from transformers import GenerationConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.models.durable import write_folder, writing_to
from skillscale.models.flops import six_n_d, train_flops
from skillscale.models.llama import config_of
from skillscale.models.rung import Rung

# What a checkpoint holds, whatever tokenizer it has.
CHECKPOINT_FILES = ("config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "README.md")


def checkpoint_folder(run_folder: Path, mark: int) -> Path:
    return run_folder / f"tokens-{mark}"


def write_checkpoint(folder: Path, model: LlamaForCausalLM, rung: Rung, corpus: PackedCorpus, *, n_tokens: int) -> None:
    """Write the model to the new `folder`, whole or not at all. Raises SkillscaleError where the disk refuses."""

    def fill(partial: Path) -> None:
        weights = {name: value.detach().cpu().clone() for name, value in model.state_dict().items()}
        save_file(weights, partial / "model.safetensors", metadata={"format": "pt"})
        config_of(rung).save_pretrained(partial)
        GenerationConfig(bos_token_id=rung.eos_id, eos_token_id=rung.eos_id, pad_token_id=rung.pad_id).save_pretrained(
            partial
        )
        hugging_face_tokenizer(corpus).save_pretrained(partial)
        (partial / "README.md").write_text(model_card(rung, corpus, n_tokens=n_tokens), encoding="utf-8")

    with writing_to(folder):
        write_folder(folder, fill)


def hugging_face_tokenizer(corpus: PackedCorpus) -> PreTrainedTokenizerFast:
    """The corpus's tokenizer with its eos and pad named; encoding adds no token of its own."""
    eos, pad = (corpus.tokenizer.id_to_token(i) for i in (corpus.card.eos_id, corpus.card.pad_id))
    if eos is None or pad is None:
        raise SkillscaleError(
            f"{corpus.folder}: its tokenizer lacks the eos or pad of corpus.json. Delete the folder and run again."
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=corpus.tokenizer,
        bos_token=eos,
        eos_token=eos,
        pad_token=pad,
        model_max_length=corpus.card.context,
        clean_up_tokenization_spaces=False,
        add_bos_token=False,
        add_eos_token=False,
    )


def model_card(rung: Rung, corpus: PackedCorpus, *, n_tokens: int) -> str:
    """How the model was trained, for people and for the Hugging Face hub."""
    card = corpus.card
    flops = train_flops(rung, n_tokens, tokens_per_row=card.n_tokens / card.n_rows)
    return f"""---
library_name: transformers
pipeline_tag: text-generation
license: apache-2.0
tags: [skillscale]
---
# {rung.name}, {n_tokens:,} tokens

One rung of a scaling ladder, trained from scratch by skillscale on `{card.name}`.

| | |
|---|---|
| parameters (non-embedding) | {rung.n_params:,} |
| parameters (all) | {rung.n_params_total:,} |
| shape | width {rung.width}, {rung.depth} blocks, {rung.n_heads} heads, feed-forward {rung.ffn_width} |
| training tokens | {n_tokens:,} ({min(n_tokens, card.n_tokens):,} of them different) |
| training compute | {flops:.3e} FLOPs counted from shapes, {six_n_d(rung, n_tokens):.3e} by 6ND |
| vocabulary, context | {rung.vocab_size} tokens, {rung.context} positions |
| learning rate | {rung.learning_rate:g}, linear warm-up, constant, linear decay over the last {rung.decay_share:.0%} |
| batch | {rung.batch_rows} rows |
| optimizer | AdamW, weight decay {rung.weight_decay:g}, gradients clipped to norm 1 |
| precision of products | {rung.precision} |
| seed | {rung.seed} |

The weights are licensed under Apache-2.0; the text they were trained on keeps its own licence.
A document starts after the token `{corpus.tokenizer.id_to_token(card.eos_id)}`, which also ends it.
"""
