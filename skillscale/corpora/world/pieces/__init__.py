"""Pieces: short texts that show a set of skills on a topic. Their skills, facts, writer and exact verifier."""
