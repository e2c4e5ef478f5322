"""Predictions beside what real engines logged: `python -m tools.calibration` writes docs/calibration.md."""
