"""EventBridge event patterns: compiled once, pure, and they never raise when they match."""

from hookline.patterns.pattern import Pattern, compile_pattern

__all__ = ["Pattern", "compile_pattern"]
