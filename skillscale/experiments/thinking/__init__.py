"""Prompting, and thinking longer at inference."""
