"""Compares what the newest transformers, vLLM, SGLang and mlx-lm serve with the catalogue, and writes docs/coverage.md.

python tools/watch.py                      fetch the newest wheels (nothing is installed) and write the page
python tools/watch.py --wheels FOLDER      the same for wheels that lie there
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.watching.page import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
