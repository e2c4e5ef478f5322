"""Write docs/calibration.md: `python -m tools.calibration`."""

from __future__ import annotations

from pathlib import Path

import yaml

from tools.calibration.models import DATA
from tools.calibration.page import page

if __name__ == "__main__":
    recorded = DATA / "other_tools.yaml"
    others = yaml.safe_load(recorded.read_text(encoding="utf-8"))["rows"] if recorded.exists() else {}
    (Path(__file__).parents[2] / "docs" / "calibration.md").write_text(page(others), encoding="utf-8")
