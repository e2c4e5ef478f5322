"""Towers of vision and audio, and what joins them to a language model: one file each, shared ones once."""
