"""Skill-Mix for code: one short Python function with its tests."""
