"""Serving engines as data by engine and version, and what they make of a device and a command."""
