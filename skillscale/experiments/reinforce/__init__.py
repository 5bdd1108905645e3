"""Reinforcement learning on chains of thought whose answers a program checks."""
