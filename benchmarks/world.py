"""Pocket world: training tokens written a second into packed arrays, against a plain Python loop over documents."""

import argparse
import statistics
import time

from skillscale.corpora.world import Stream, World, WorldConfig
from skillscale.corpora.world.corpus import pack


def packed_tokens_per_s(world: World, start: int, n_chunks: int) -> float:
    """Whole chunks, packed into rows of 64."""
    before = time.perf_counter()
    n_tokens = 0
    for index in range(start, start + n_chunks):
        chunk = world.chunk(Stream.TRAINING, index)
        pack(chunk, 64)
        n_tokens += len(chunk.tokens_t)
    return n_tokens / (time.perf_counter() - before)


def documents_tokens_per_s(world: World, start: int) -> float:
    """One document after another as objects, with skills and clozes: what a loop over documents costs."""
    documents = world.documents(Stream.TRAINING)
    before = time.perf_counter()
    n_tokens = sum(len(next(documents).tokens) + 1 for _ in range(2_000 + start % 2))
    return n_tokens / (time.perf_counter() - before)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--chunks", type=int, default=12)
    options = parser.parse_args()
    world = World(WorldConfig(seed=7))
    packed, documents = [], []
    for run in range(options.runs):
        packed.append(packed_tokens_per_s(world, run * options.chunks, options.chunks))
        documents.append(documents_tokens_per_s(world, run))
    ratio = statistics.median(a / b for a, b in zip(packed, documents, strict=True))
    print(
        f"packed arrays    {statistics.median(packed):>12,.0f} tokens/s (min {min(packed):,.0f}, max {max(packed):,.0f})"
    )
    print(
        f"document objects {statistics.median(documents):>12,.0f} tokens/s, with skills and clozes; ratio {ratio:.0f}"
    )


if __name__ == "__main__":
    main()
