"""What a mistyped name is taken to mean, wherever one may be typed: a known name of the same kind, or none of them.

How near is near enough stands in tests/test_nearest.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from moeaudit.audits.settings import read_settings
from moeaudit.audits.subjects import not_there
from moeaudit.claims.file import parse_claims
from moeaudit.cli.app import run
from moeaudit.cli.estimate import refuse
from moeaudit.cli.output import wanted
from moeaudit.cli.schema import schema
from moeaudit.costs import devices
from moeaudit.costs.engines.read import engine
from moeaudit.costs.fleet_file import parse_fleet
from moeaudit.errors import UsageError
from moeaudit.evidence.reader import near_hint, split_id
from moeaudit.reports.explain import explanation
from moeaudit.reports.shipped import shipped
from moeaudit.reports.writers.templates import Templates

CLAIMS = "schema: moeaudit/claims/v1\nmodel: {id: a/b}\n"
FLEET = "schema: moeaudit/fleet/v1\ndevices: {type: H200}\n"


def setting(text: str) -> object:
    Path("moeaudit.yaml").write_text(text)
    return read_settings(Path())


def recorded(name: str) -> None:
    """What is said of a model that is neither recorded nor cached."""
    raise UsageError("", hint=near_hint(name))


def path(name: str) -> None:
    Path("README.md").touch()
    raise not_there(Path(name))


ASKED: dict[str, tuple[Callable[[str], Any], tuple[tuple[str, str], ...]]] = {
    "format": (lambda name: wanted([name], ("text", "json", "html")), (("htlm", "html"), ("jsn", "json"), ("zzz", ""))),
    "preset": (
        lambda name: Templates().sections("packet", name, named=True),
        (("procurment", "procurement"), ("cardreview", "card-review"), ("without-evidenc", ""), ("zzz", "")),
    ),
    "command": (lambda name: run([name]), (("inspct", "inspect"), ("chek", "check"), ("serve", ""), ("compare", ""))),
    "option": (
        lambda name: run(["inspect", "a/b", name]),
        (("--fromat", "--format"), ("--ofline", "--offline"), ("--zzz", "")),
    ),
    "choice": (lambda name: run(["inspect", "a/b", "--depth", name]), (("confg", "config"), ("zzz", ""))),
    "recorded model": (
        recorded,
        (
            ("mixtral", "mistralai/Mixtral-8x7B-v0.1, "),
            ("deepseek-v3", "deepseek-ai/DeepSeek-V3?"),
            ("deepseekai/DeepSeek-V3", "deepseek-ai/DeepSeek-V3?"),
            ("deepseek-ai/DeepSek-V3", "deepseek-ai/DeepSeek-V3?"),
            ("org/tiny-moe", ""),  # a part of Phi-tiny-MoE-instruct, which is another's
            ("gpt-oss", "openai/gpt-oss-20b or openai/gpt-oss-120b?"),
            ("zzz", ""),
        ),
    ),
    "id with a space": (split_id, (("deepseek v3", "deepseek-ai/DeepSeek-V3?"), ("my own", ""))),
    "schema": (schema, (("clams", "claims"), ("zzz", ""))),
    "setting": (lambda name: setting(f"{name}: error\n"), (("fail_on", "fail-on"), ("zzz", ""))),
    "rule": (lambda name: setting(f"off: {{{name}: so}}\n"), (("total-contradict", "total-contradicted"), ("zzz", ""))),
    "list": (lambda name: shipped(name, 0), (("modles", "models"), ("zzz", ""))),
    "engine": (engine, (("vlm", "vllm"), ("sglnag", "sglang"), ("zzz", ""))),
    "engine of a command": (refuse, (("vlm", "vllm"), ("zzz", ""))),
    "device": (
        devices.device,
        (("H2000", "H200-SXM"), ("mi300", "MI300X"), ("H999", "H20-96G"), ("9", ""), ("RaspberryPi", "")),
    ),
    "key of a fleet": (lambda name: parse_fleet(f"{FLEET}{name}: 1\n", "f"), (("engin", "engine"), ("zzz", ""))),
    "key of claims": (lambda name: parse_claims(f"{CLAIMS}{name}: 1\n", "c"), (("runtim", "runtime"), ("zzz", ""))),
    "word": (explanation, (("routting", "routing"), ("zzz", ""))),
    "path": (path, (("REDME.md", "README.md"), ("zzz", ""))),
}


def cases() -> Iterator[tuple[str, str, str]]:
    for what, (_, pairs) in ASKED.items():
        yield from ((what, name, meant) for name, meant in pairs)


@pytest.mark.parametrize(("what", "name", "meant"), list(cases()))
def test_a_name_is_taken_for_one_of_its_kind_or_none(
    what: str, name: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as raised:
        ASKED[what][0](name)
    hint = (raised.value.hint or "").replace("'", "")
    assert f"Did you mean {meant}" in hint if meant else "Did you mean" not in hint
    assert hint, "what can be done is always said"
