"""skillscale: a laboratory for how the skills of language models scale and emerge."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.observations.lab import Lab

__all__ = ["Lab", "SkillscaleError", "__version__"]

__version__ = version("skillscale")


def __getattr__(name: str) -> Any:
    """`Lab` is imported when it is first asked for: `import skillscale` stays quick."""
    if name == "Lab":
        from skillscale.observations.lab import Lab

        return Lab
    raise AttributeError(f"module 'skillscale' has no attribute {name!r}")
