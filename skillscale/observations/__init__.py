"""The one table: everything that measures writes it, everything that explains reads it."""

from skillscale.observations.lab import Lab
from skillscale.observations.observation import Direction, Observation
from skillscale.observations.store import IDENTITY, SCHEMA, Store

__all__ = ["IDENTITY", "SCHEMA", "Direction", "Lab", "Observation", "Store"]
