"""Helpers for decisions: what two packs or more would otherwise each write again."""

from haihe.decide.reason import joined, value_and_limit

__all__ = ["joined", "value_and_limit"]
