"""Training speed: ours against a plain `transformers` loop of the same shape, step about, in this process.

    python benchmarks/training.py [--threads 1] [--steps 8] [--ladder]

Both train the same LlamaForCausalLM with AdamW and clipped gradients on the same rows of random tokens. The plain loop
is eager fp32, as a user would write it. Times are medians over steps,
CPU seconds with one thread (other programs then matter less), else wall seconds;
the share of the matrix peak counts the FLOPs of models/flops.py against the quickest large product of that precision.
`--ladder` adds the widths of the pocket ladder (2 blocks, 850 words), ours only.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from skillscale.models.flops import forward_flops
from skillscale.models.forward import TrainingForward
from skillscale.models.hardware import keep_freed_memory
from skillscale.models.llama import llama_of
from skillscale.models.optimizer import BETAS, CLIP_NORM, EPS, FlatAdamW
from skillscale.models.rung import Precision, Rung, rung_of_width

PEAK_SIZE = 2048
LEARNING_RATE = 1e-3


def shape(
    width: int,
    *,
    context: int,
    batch_rows: int,
    vocab_size: int,
    depth: int | None = None,
    precision: Precision | None = None,
) -> Rung:
    """A rung whose rows predict `context` tokens."""
    overrides = {"depth": depth, "precision": precision}
    return rung_of_width(
        width, vocab_size=vocab_size, context=context + 1, n_tokens=10**9, seed=0, pad_id=0, eos_id=1,
        batch_rows=batch_rows, **{name: value for name, value in overrides.items() if value is not None},
    )  # fmt: skip


def plain_step(rung: Rung) -> Callable[[Tensor], None]:
    """One step of an ordinary loop, eager and fp32."""
    model = llama_of(rung)
    adamw = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, betas=BETAS, eps=EPS, weight_decay=0.1)

    def step(rows: Tensor) -> None:
        logits = model(input_ids=rows[:, :-1]).logits
        functional.cross_entropy(logits.flatten(0, 1), rows[:, 1:].flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)
        adamw.step()
        adamw.zero_grad()

    return step


def our_step(rung: Rung) -> Callable[[Tensor], None]:
    """One step of skillscale's own loop."""
    model = llama_of(rung)
    optimizer = FlatAdamW(model, weight_decay=0.1)
    dtype = torch.bfloat16 if rung.precision == "bf16" else torch.float32
    forward = TrainingForward(model, pad_id=rung.pad_id, dtype=dtype)

    def step(rows: Tensor) -> None:
        forward.loss(rows).backward()
        optimizer.step(LEARNING_RATE)

    return step


def now() -> float:
    return time.thread_time() if torch.get_num_threads() == 1 else time.perf_counter()


def seconds_per_step(steps: Sequence[Callable[[Tensor], None]], rows: Tensor, n_steps: int) -> list[float]:
    """Median seconds of each, taken in turn after two unmeasured steps."""
    times: list[list[float]] = [[] for _ in steps]
    for number in range(n_steps + 2):
        for step, taken in zip(steps, times, strict=True):
            started = now()
            step(rows)
            if number >= 2:
                taken.append(now() - started)
    return [statistics.median(taken) for taken in times]


def matrix_peak(dtype: torch.dtype) -> float:
    """FLOP/s of the quickest of five large square products."""
    a, b = (torch.randn(PEAK_SIZE, PEAK_SIZE).to(dtype) for _ in range(2))
    times: list[float] = []
    for _ in range(6):
        started = now()
        torch.mm(a, b)
        times.append(now() - started)
    return 2 * PEAK_SIZE**3 / min(times[1:])


def row_of(name: str, rung: Rung, seconds: float, peaks: dict[Precision, float], plain: float | None) -> str:
    n_positions = rung.context - 1
    rate = rung.batch_rows * n_positions / seconds
    share = 3 * forward_flops(rung, n_positions) * rung.batch_rows / seconds / peaks[rung.precision]
    ratio = "" if plain is None else f"{plain / seconds:.2f}x"
    return f"| {name} | {rung.precision} | {rate:,.0f} | {share:.0%} | {ratio} |"


def random_rows(rung: Rung) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randint(1, rung.vocab_size, (rung.batch_rows, rung.context), generator=generator)


def compare(name: str, plain: Rung, ours: Sequence[Rung], peaks: dict[Precision, float], n_steps: int) -> None:
    """Print one row for the plain loop and one for each of ours."""
    steps = [plain_step(plain), *(our_step(rung) for rung in ours)]
    seconds = seconds_per_step(steps, random_rows(plain), n_steps)
    print(row_of(f"{name}, transformers", plain, seconds[0], peaks, None))
    for rung, taken in zip(ours, seconds[1:], strict=True):
        print(row_of(f"{name}, ours", rung, taken, peaks, seconds[0]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--ladder", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    keep_freed_memory()
    peaks: dict[Precision, float] = {"fp32": matrix_peak(torch.float32), "bf16": matrix_peak(torch.bfloat16)}
    print(
        f"{options.threads} thread(s); matrix peak {peaks['fp32'] / 1e9:.0f} GFLOP/s fp32, {peaks['bf16'] / 1e9:.0f} bf16\n"
    )
    print("| shape | precision | tokens/s | of peak | speed-up |\n|---|---|---|---|---|")
    for name, width, depth, context, batch_rows in SHAPES:
        given = {"context": context, "batch_rows": batch_rows, "vocab_size": 850, "depth": depth}
        rungs = {precision: shape(width, precision=precision, **given) for precision in ("fp32", "bf16")}
        compare(name, rungs["fp32"], list(rungs.values()), peaks, options.steps)
    if options.ladder:
        for context in (64, 128):
            for width in (8, 16, 24, 32, 48, 64, 96):
                rung = shape(width, context=context, batch_rows=4096 // context, vocab_size=850)
                (seconds,) = seconds_per_step([our_step(rung)], random_rows(rung), options.steps)
                print(row_of(f"d={width} L=2 T={context}", rung, seconds, peaks, None))


SHAPES = (("d=64 L=2 T=128 B=64", 64, 2, 128, 64), ("d=256 L=6 T=256 B=16", 256, 6, 256, 16))


if __name__ == "__main__":
    main()
