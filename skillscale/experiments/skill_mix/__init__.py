"""Skill-Mix with hosted models: the protocol, and a run."""
