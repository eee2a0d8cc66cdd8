"""EventBridge event patterns: compiled once and pure; matching never raises."""

from hookline.patterns.pattern import Pattern, compile_pattern

__all__ = ["Pattern", "compile_pattern"]
