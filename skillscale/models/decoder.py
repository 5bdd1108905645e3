"""Token after token from a key-value cache: a lean pass over a Llama's own weights, or any transformer of Hugging Face.

At width 64 a step of `transformers` spends its time between the matrix products; the lean pass makes a dozen calls a layer.
"""

# p prompts, b rows (p × samples), n rows × positions, t position, d width (of the model or of its heads), h heads, e head width, f feed-forward width, v vocabulary

from dataclasses import dataclass
from typing import Any, Protocol, cast

import torch
from torch import Tensor
from torch.nn import functional
from transformers import DynamicCache, LlamaForCausalLM, PreTrainedModel
from transformers.models.llama.modeling_llama import LlamaDecoderLayer

from skillscale.errors import SkillscaleError

LEAN_PARAMS = 10_000_000  # beyond, products dominate, and the weights are not copied for what is left


class Decoder(Protocol):
    """What generation needs of a model: read prompts once, go on a token at a time, let rows go."""

    def read(self, context_pt: Tensor, *, n_samples: int, n_later: int) -> Tensor:
        """Logits (b, v) after each context, whose row is repeated `n_samples` times; room for `n_later` tokens more."""
        ...

    def step(self, token_b: Tensor) -> Tensor:
        """Logits (b, v) after one more token of each row."""
        ...

    def keep(self, row_b: Tensor) -> None:
        """Go on with these rows only."""
        ...


def decoder_of(model: PreTrainedModel) -> Decoder:
    """The lean one for a plain Llama of at most LEAN_PARAMS parameters, as its weights are now; else the generic one."""
    if is_lean(model):
        return LlamaDecoder(cast(LlamaForCausalLM, model))
    return CachedDecoder(model)


def is_lean(model: PreTrainedModel) -> bool:
    """Is it a Llama in float32 with plain rotary positions, no biases and SiLU, small enough to copy its weights?"""
    if type(model) is not LlamaForCausalLM:
        return False
    config, dtypes = model.config, {parameter.dtype for parameter in model.parameters()}
    rope: dict[str, Any] = cast(Any, config.rope_parameters) or {}
    plain = rope.get("rope_type", "default") == "default" and rope.get("partial_rotary_factor", 1.0) == 1.0
    biased = any(name.endswith("bias") for name, _ in model.named_parameters())
    small = sum(parameter.numel() for parameter in model.parameters()) <= LEAN_PARAMS
    return plain and not biased and config.hidden_act == "silu" and dtypes == {torch.float32} and small


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Layer:
    """Weights of one block, each as (inputs, outputs), the norms' scales multiplied into them.

    `mixing` gives, side by side, queries, keys, both again with the halves of each head exchanged (for the rotation), and values.
    """

    mixing: Tensor
    output: Tensor
    gate_up: Tensor
    down: Tensor


class LlamaDecoder:
    """The lean pass. Keys and values lie in tensors made once for all positions of a batch."""

    def __init__(self, model: LlamaForCausalLM) -> None:
        config = model.config
        self.n_heads = config.num_attention_heads
        self.head_width: int = getattr(config, "head_dim", None) or config.hidden_size // self.n_heads
        self.width = self.n_heads * self.head_width
        self.eps = config.rms_norm_eps
        rope: dict[str, Any] = cast(Any, config.rope_parameters) or {}
        self.theta = float(rope.get("rope_theta", 10_000.0))
        with torch.no_grad():
            self.embedding_vd = model.model.embed_tokens.weight.detach()
            self.layers = [self._folded(cast(LlamaDecoderLayer, block)) for block in model.model.layers]
            self.unembedding_dv = _folded(model.lm_head.weight, model.model.norm.weight)
        self.cos_td = self.sin_td = torch.empty(0)
        self.own_head = torch.eye(self.n_heads, device=self.embedding_vd.device)[:, :, None]
        self.keys: list[Tensor] = []  # of each layer (b, d, t)
        self.values: list[Tensor] = []  # (b, t, d)
        self.n_read = 0

    def _folded(self, block: LlamaDecoderLayer) -> _Layer:
        attention, mlp = block.self_attn, block.mlp
        norm = block.input_layernorm.weight
        query = attention.q_proj.weight
        groups = query.shape[0] // attention.k_proj.weight.shape[0]
        key, value = (
            self._by_head(w).repeat_interleave(groups, 0) for w in (attention.k_proj.weight, attention.v_proj.weight)
        )
        rotated = torch.cat([self._by_head(query) * self.head_width**-0.5, key])
        exchanged = torch.cat([-rotated[:, self.head_width // 2 :], rotated[:, : self.head_width // 2]], dim=1)
        mixing = torch.cat([rotated, exchanged, value]).reshape(-1, query.shape[1])
        return _Layer(
            mixing=_folded(mixing, norm),
            output=attention.o_proj.weight.detach().t().contiguous(),
            gate_up=_folded(
                torch.cat([mlp.gate_proj.weight, mlp.up_proj.weight]), block.post_attention_layernorm.weight
            ),
            down=mlp.down_proj.weight.detach().t().contiguous(),
        )

    def _by_head(self, weight_od: Tensor) -> Tensor:
        return weight_od.detach().view(-1, self.head_width, weight_od.shape[1])

    def read(self, context_pt: Tensor, *, n_samples: int, n_later: int) -> Tensor:
        n_prompts, length = context_pt.shape
        n_rows, n_positions, device = n_prompts * n_samples, length + n_later, context_pt.device
        self.cos_td, self.sin_td = self._rotation(n_positions, device)
        self.keys = [torch.empty(n_rows, self.width, n_positions, device=device) for _ in self.layers]
        self.values = [torch.empty(n_rows, n_positions, self.width, device=device) for _ in self.layers]
        self.n_read = length
        heads = (n_prompts, length, self.n_heads, self.head_width)
        x_nd = functional.embedding(context_pt, self.embedding_vd).view(n_prompts * length, -1)
        for i, layer in enumerate(self.layers):
            mixing = self._mix(layer, x_nd, self.cos_td[:length], self.sin_td[:length])
            query, key, value = (part.view(heads).transpose(1, 2) for part in mixing)
            self.keys[i][:, :, :length] = mixing[1].view(n_prompts, length, -1).mT.repeat_interleave(n_samples, 0)
            self.values[i][:, :length] = mixing[2].view(n_prompts, length, -1).repeat_interleave(n_samples, 0)
            if i == len(self.layers) - 1:  # only the last position goes on to the logits
                query, x_nd = query[:, :, -1:], x_nd.view(n_prompts, length, -1)[:, -1]
            mixed = functional.scaled_dot_product_attention(query, key, value, is_causal=query.shape[2] > 1, scale=1.0)
            x_nd = self._feed(layer, x_nd, mixed.transpose(1, 2).reshape(x_nd.shape[0], -1))
        return (self._normalised(x_nd) @ self.unembedding_dv).repeat_interleave(n_samples, 0)

    def step(self, token_b: Tensor) -> Tensor:
        at, self.n_read = self.n_read, self.n_read + 1
        x_bd = functional.embedding(token_b, self.embedding_vd)
        for i, layer in enumerate(self.layers):
            query_bd, key_bd, value_bd = self._mix(layer, x_bd, self.cos_td[at : at + 1], self.sin_td[at : at + 1])
            self.keys[i][:, :, at] = key_bd
            self.values[i][:, at] = value_bd
            mixed_bd = self._attend(query_bd, self.keys[i][:, :, : at + 1], self.values[i][:, : at + 1])
            x_bd = self._feed(layer, x_bd, mixed_bd)
        return self._normalised(x_bd) @ self.unembedding_dv

    def _attend(self, query_bd: Tensor, key_bdt: Tensor, value_btd: Tensor) -> Tensor:
        """One query a row. The heads stand side by side as a block-diagonal matrix, so that each row is one product.

        64 rows, 4 heads of 16, 16 positions: 63 µs, one product for each head 157, the fused kernel 114.
        """
        query_bhe = query_bd.view(-1, 1, self.n_heads, self.head_width)
        block_bhd = (query_bhe * self.own_head).view(-1, self.n_heads, self.width)
        mixed_bhd = torch.bmm(torch.bmm(block_bhd, key_bdt).softmax(-1), value_btd)
        mixed_bhhe = mixed_bhd.view(-1, self.n_heads, self.n_heads, self.head_width)
        return mixed_bhhe.diagonal(dim1=1, dim2=2).mT.reshape(-1, self.width)

    def keep(self, row_b: Tensor) -> None:
        self.keys = [keys.index_select(0, row_b) for keys in self.keys]
        self.values = [values.index_select(0, row_b) for values in self.values]

    def _mix(self, layer: _Layer, x_nd: Tensor, cos_td: Tensor, sin_td: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Rotated queries and keys, and values, each (n, d), heads side by side."""
        wide = (self._normalised(x_nd) @ layer.mixing).view(-1, cos_td.shape[0], 5 * self.width)
        rotated = (wide[..., : 2 * self.width] * cos_td).addcmul_(wide[..., 2 * self.width : 4 * self.width], sin_td)
        rotated, value = rotated.flatten(0, 1), wide[..., 4 * self.width :].flatten(0, 1)
        return rotated[:, : self.width], rotated[:, self.width :], value

    def _feed(self, layer: _Layer, x_nd: Tensor, mixed_nd: Tensor) -> Tensor:
        x_nd = torch.addmm(x_nd, mixed_nd, layer.output)
        gate_nf, up_nf = (self._normalised(x_nd) @ layer.gate_up).chunk(2, dim=-1)
        return torch.addmm(x_nd, functional.silu(gate_nf).mul_(up_nf), layer.down)

    def _normalised(self, x_nd: Tensor) -> Tensor:
        # functional.rms_norm is eight small steps on a processor, not one kernel
        square_n1 = torch.linalg.vector_norm(x_nd, dim=-1, keepdim=True).square_()
        return x_nd * square_n1.div_(x_nd.shape[-1]).add_(self.eps).rsqrt_()

    def _rotation(self, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
        """Cosine and sine (t, 2·h·e) of each position's angles, for queries and keys side by side."""
        frequency = self.theta ** -(torch.arange(0, self.head_width, 2) / self.head_width)
        angle_te = (torch.arange(length)[:, None] * frequency).repeat(1, 2).to(device)
        return angle_te.cos().repeat(1, 2 * self.n_heads), angle_te.sin().repeat(1, 2 * self.n_heads)


class CachedDecoder:
    """Any causal transformer, by its own forward pass and cache."""

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self.cache: DynamicCache | None = None

    def read(self, context_pt: Tensor, *, n_samples: int, n_later: int) -> Tensor:
        output = self.model(input_ids=context_pt, use_cache=n_later > 0, logits_to_keep=1)
        self.cache = getattr(output, "past_key_values", None)
        if n_later > 0 and self.cache is None:
            raise SkillscaleError(
                f"{type(self.model).__name__} keeps no key-value cache, which samples of several tokens need. "
                "Give a transformer."
            )
        if self.cache is not None:
            self.cache.batch_repeat_interleave(n_samples)
        return output.logits[:, -1].float().repeat_interleave(n_samples, 0)

    def step(self, token_b: Tensor) -> Tensor:
        output = self.model(input_ids=token_b[:, None], past_key_values=self.cache, use_cache=True)
        return output.logits[:, -1].float()

    def keep(self, row_b: Tensor) -> None:
        assert self.cache is not None, "rows leave after the context was read"
        self.cache.batch_select_indices(row_b)


def _folded(weight_od: Tensor, scale_d: Tensor) -> Tensor:
    return (weight_od * scale_d).detach().t().contiguous()
