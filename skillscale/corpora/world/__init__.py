"""The pocket world: short texts whose skills, answers and entropy are exactly known."""

from skillscale.corpora.world.corpus import build_world_corpus
from skillscale.corpora.world.world import SHARES, Stream, World, WorldConfig

__all__ = ["SHARES", "Stream", "World", "WorldConfig", "build_world_corpus"]
