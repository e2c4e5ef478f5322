"""Records the flags that serving engines take, per version, as `moeaudit/costs/data/engines/<engine>/flags.tsv`.

    python tools/record/engine_flags.py vllm 0.11.2=DIR 0.33.0=DIR …

DIR holds an unpacked wheel or source archive. The sources are read, never run. Oldest version first."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from flags import others, sglang, vllm
from flags.rows import written

DATA = Path(__file__).parents[2] / "moeaudit" / "costs" / "data" / "engines"

READERS = {
    "vllm": (vllm.rows, "https://github.com/vllm-project/vllm, vllm/engine/arg_utils.py of each release"),
    "sglang": (sglang.rows, "https://github.com/sgl-project/sglang, srt/server_args.py of each release"),
    "lmdeploy": (others.lmdeploy, "https://github.com/InternLM/lmdeploy, lmdeploy/cli/serve.py of each release"),
    "mlx-lm": (others.mlx, "https://github.com/ml-explore/mlx-lm, mlx_lm/server.py of each release"),
    "llama.cpp": (others.llama, "https://github.com/ggml-org/llama.cpp, common/arg.cpp of each release"),
}


def main(engine: str, *given: str) -> None:
    read, source = READERS[engine]
    tables = {}
    for one in given:
        version, _, folder = one.partition("=")
        tables[version] = read(Path(folder))
        print(f"{engine} {version}: {len(tables[version])} flags", file=sys.stderr)
    target = DATA / engine / "flags.tsv"
    target.parent.mkdir(exist_ok=True)
    target.write_text(written(engine, source, tables), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
