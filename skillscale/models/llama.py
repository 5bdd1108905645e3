"""The `LlamaForCausalLM` of a rung, with random weights."""

import math
from pathlib import Path
from typing import cast

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from skillscale.errors import SkillscaleError
from skillscale.models.rung import Rung

# Loss after .7M tokens of the pocket world, widths 8 / 16 / 48 / 96: embedding .5 and blocks 1/√inputs
# 2.187 / 2.029 / 1.924 / 1.841; embedding .1 and blocks half of that 2.109 / 1.976 / 1.896 / 1.856.
EMBEDDING_STD = 0.1
BLOCK_SCALE = 0.5
OUTPUTS = ("o_proj.weight", "down_proj.weight")  # what adds to the residual stream


def config_of(rung: Rung) -> LlamaConfig:
    """The Hugging Face configuration, float32, with untied embeddings."""
    return LlamaConfig(
        architectures=["LlamaForCausalLM"],
        vocab_size=rung.vocab_size,
        hidden_size=rung.width,
        intermediate_size=rung.ffn_width,
        num_hidden_layers=rung.depth,
        num_attention_heads=rung.n_heads,
        num_key_value_heads=rung.n_heads,
        head_dim=rung.head_width,
        max_position_embeddings=rung.context,
        rms_norm_eps=1e-6,
        tie_word_embeddings=False,
        pad_token_id=rung.pad_id,
        bos_token_id=rung.eos_id,
        eos_token_id=rung.eos_id,
        dtype="float32",
    )


def llama_of(rung: Rung, *, device: str = "cpu") -> LlamaForCausalLM:
    """The rung's model, float32, the same on every device: with seeded random weights, or those of the checkpoint it starts from.

    The global random state stays as it was. Raises SkillscaleError where that checkpoint is of another shape or cannot be read.
    """
    with torch.random.fork_rng(devices=[]):
        model = LlamaForCausalLM(config_of(rung))
    generator = torch.Generator().manual_seed(rung.seed)
    for name, parameter in model.named_parameters():
        _fill(name, parameter, rung, generator)
    if rung.start is not None:
        _load(model, Path(rung.start.folder))
    return cast(LlamaForCausalLM, cast(nn.Module, model).to(device))


def _load(model: LlamaForCausalLM, folder: Path) -> None:
    try:
        model.load_state_dict(load_file(folder / "model.safetensors"))
    except (OSError, RuntimeError, SafetensorError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise SkillscaleError(
            f"{folder} cannot be trained on: its weights are not those of this rung ({reason}). Give a checkpoint of this lab."
        ) from error


@torch.no_grad()
def _fill(name: str, parameter: Tensor, rung: Rung, generator: torch.Generator) -> None:
    if parameter.ndim == 1:
        parameter.fill_(1.0)
    else:
        parameter.normal_(0.0, initial_std(name, rung), generator=generator)


def initial_std(name: str, rung: Rung) -> float:
    """Standard deviation of a matrix at the start: 1/√inputs for the unembedding, half of it in blocks.

    What adds to the residual stream is lowered by √(2·depth) besides (Radford et al. 2019).
    """
    if name.endswith("embed_tokens.weight"):
        return EMBEDDING_STD
    inputs = rung.ffn_width if name.endswith("down_proj.weight") else rung.width
    outputs = 2 * rung.depth if name.endswith(OUTPUTS) else 1
    return (1.0 if name.startswith("lm_head") else BLOCK_SCALE) / math.sqrt(inputs * outputs)
