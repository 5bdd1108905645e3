"""The training loss of a `LlamaForCausalLM`, computed over that module's own parameters, quicker than it does itself."""

# b batch, t position, n rows (b × t), d width, h heads, e head width, v vocabulary

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional
from transformers import LlamaForCausalLM
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

from skillscale.models.products import AddLinear, NormLinear, Rotate, SwiGlu
from skillscale.models.unembedding import UnembeddingLoss


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The parameters of one block, as the module holds them."""

    attention_norm: Tensor
    query: Tensor
    key: Tensor
    value: Tensor
    output: Tensor
    mlp_norm: Tensor
    gate: Tensor
    up: Tensor
    down: Tensor


class TrainingForward:
    """`loss(row_bt)` of a Llama module, by its own parameters; `dtype` is that of the matrix products.

    The module must have as many key as query heads, no biases, and an untied unembedding.
    """

    def __init__(self, model: LlamaForCausalLM, *, pad_id: int, dtype: torch.dtype, compiled: bool = False) -> None:
        config = model.config
        self.pad_id, self.dtype = pad_id, dtype
        self.n_heads = config.num_attention_heads
        self.head_width = config.hidden_size // config.num_attention_heads
        self.embedding = model.model.embed_tokens.weight
        self.layers = [_layer(cast(LlamaDecoderLayer, block)) for block in model.model.layers]
        self.final_norm = model.model.norm.weight
        self.unembedding = model.lm_head.weight
        # On a CPU the backward pass of bf16 attention takes ten times as long as in float32 (37 against 4 ms a layer at
        # width 96, 64 rows of 64): there attention is computed in float32, whatever the products are.
        attention_dtype = dtype if self.embedding.is_cuda else torch.float32
        self.cos, self.sin, self.swap = (
            table.to(self.embedding.device, attention_dtype)
            for table in _rotation(config.max_position_embeddings, self.head_width)
        )
        self._hidden = torch.compile(self.hidden) if compiled else self.hidden

    def loss(self, row_bt: Tensor) -> Tensor:
        """Mean nats per predicted token of rows (b, context) of token ids: each token from those before it, pads not."""
        x_nd = self._hidden(row_bt[:, :-1])
        target_n = row_bt[:, 1:].reshape(-1)
        kept_n = (target_n != self.pad_id).nonzero().squeeze(1)
        if kept_n.numel() < target_n.numel():
            x_nd, target_n = x_nd[kept_n], target_n[kept_n]
        return UnembeddingLoss.apply(x_nd, self.unembedding, target_n, self.dtype)

    def hidden(self, token_bt: Tensor) -> Tensor:
        """Normalised hidden states (b·t, d), in float32."""
        shape = token_bt.shape
        x_nd = functional.embedding(token_bt, self.embedding).view(-1, self.embedding.shape[1])
        for layer in self.layers:
            query, key, value = NormLinear.apply(
                x_nd, layer.attention_norm, self.dtype, layer.query, layer.key, layer.value
            )
            mixed_nd = self._attend(query, key, value, shape)
            x_nd = AddLinear.apply(x_nd, mixed_nd, layer.output)
            gate_nf, up_nf = NormLinear.apply(x_nd, layer.mlp_norm, self.dtype, layer.gate, layer.up)
            x_nd = AddLinear.apply(x_nd, SwiGlu.apply(gate_nf, up_nf), layer.down)
        return functional.rms_norm(x_nd, x_nd.shape[-1:], self.final_norm, 1e-6)

    def _attend(self, query_nd: Tensor, key_nd: Tensor, value_nd: Tensor, shape: torch.Size) -> Tensor:
        heads = (*shape, self.n_heads, self.head_width)
        cos, sin = self.cos[: shape[1]], self.sin[: shape[1]]
        query = Rotate.apply(query_nd.view(heads).to(cos.dtype), cos, sin, self.swap)
        key = Rotate.apply(key_nd.view(heads).to(cos.dtype), cos, sin, self.swap)
        value = value_nd.view(heads).to(cos.dtype)
        mixed = functional.scaled_dot_product_attention(
            query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), is_causal=True
        )
        return mixed.transpose(1, 2).reshape(query_nd.shape).to(self.dtype)


def _layer(block: LlamaDecoderLayer):
    attention, mlp = block.self_attn, block.mlp
    return Layer(
        attention_norm=block.input_layernorm.weight,
        query=attention.q_proj.weight,
        key=attention.k_proj.weight,
        value=attention.v_proj.weight,
        output=attention.o_proj.weight,
        mlp_norm=block.post_attention_layernorm.weight,
        gate=mlp.gate_proj.weight,
        up=mlp.up_proj.weight,
        down=mlp.down_proj.weight,
    )


def _rotation(context: int, head_width: int) -> tuple[Tensor, Tensor, Tensor]:
    frequency = 10_000.0 ** -(torch.arange(0, head_width, 2) / head_width)
    angle_te = (torch.arange(context)[:, None] * frequency).repeat(1, 2)
    swap = torch.zeros(head_width, head_width)
    half = head_width // 2
    swap[torch.arange(half) + half, torch.arange(half)] = -1.0
    swap[torch.arange(half), torch.arange(half) + half] = 1.0
    return angle_te.cos()[:, None], angle_te.sin()[:, None], swap
