"""A small untrained Llama on disk, for tests that need something to ask."""

from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import LlamaConfig, LlamaForCausalLM

EOS_ID = 1


def write_tiny_checkpoint(
    folder: Path, tokenizer: Tokenizer, *, width: int = 16, context: int = 32, seed: int = 0, spread: float = 0.3
) -> Path:
    """`spread` is the standard deviation of the weights: large enough that answers differ clearly."""
    config = LlamaConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=width,
        intermediate_size=2 * width,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=context,
        initializer_range=spread,
        bos_token_id=EOS_ID,
        eos_token_id=EOS_ID,
        pad_token_id=0,
    )
    torch.manual_seed(seed)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
