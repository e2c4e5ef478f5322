"""The tokenizer against the parser whose rules it follows: Python's argparse, made from the recorded tables."""

from __future__ import annotations

import argparse
import shlex
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moeaudit.costs.engines.flags import Table, table
from moeaudit.costs.engines.said import effects
from moeaudit.costs.engines.shell import rules
from moeaudit.costs.engines.tokens import Reader, Style
from moeaudit.errors import UsageError

ENGINES = sorted(rules()["engines"])
PYTHON = [("vllm", ""), ("vllm", "0.11"), ("sglang", ""), ("sglang", "0.5.2"), ("lmdeploy", ""), ("mlx-lm", "")]


class Refused(Exception):
    pass


class Quiet(argparse.ArgumentParser):
    """One that raises where the usual one prints and exits."""

    def error(self, message: str) -> Any:
        raise Refused(message)


def parser_of(found: Table) -> argparse.ArgumentParser:
    """The engine's own parser, by the table."""
    parser = Quiet(add_help=False)
    for flag in found.flags:
        dest = flag.name.lstrip("-")
        if flag.switch:
            parser.add_argument(*flag.names, dest=dest, action="append_const", const=(True,))
            if flag.off:
                parser.add_argument(*flag.off, dest=dest, action="append_const", const=(False,))
        else:
            many = None if flag.takes == "1" else int(flag.takes) if flag.takes.isdigit() else flag.takes
            parser.add_argument(*flag.names, dest=dest, action="append", nargs=many)
    return parser


def by_argparse(parser: argparse.ArgumentParser, words: list[str]) -> tuple[dict[str, list[Any]], list[str]]:
    found, rest = parser.parse_known_args(words)
    return {name: value for name, value in vars(found).items() if value is not None}, rest


def by_reader(reader: Reader, words: list[str]) -> tuple[dict[str, list[Any]], list[str]]:
    found: dict[str, list[Any]] = {}
    read = reader.read(tuple(words))
    rest = list(read.rest)
    for one in read.given:
        if one.flag is None or one.odd:
            rest.append(one.written)
            continue
        if one.flag.switch:
            value: Any = (not one.no,)
        elif one.flag.takes == "1":
            value = one.values[0]
        elif one.flag.takes == "?":
            value = one.values[0] if one.values else None
        else:
            value = list(one.values)
        found.setdefault(one.flag.name.lstrip("-"), []).append(value)
    return found, rest


VALUES = st.sampled_from(
    ["1", "-1", "-0.5", "x", "a b", "", "8k", "{}", '{"a": 1}', "org/model", "--", "-", "-5x", "-tp8"]
)


def lines(found: Table) -> st.SearchStrategy[list[str]]:
    """Argument lists: whole names, beginnings of them, with = and without, switches in front of values."""
    names = st.sampled_from(sorted({name for flag in found.flags for name in (*flag.names, *flag.off)}))
    begun = st.builds(lambda name, cut: name[: max(len(name) - cut, 3)], names, st.integers(0, 12))
    inside = VALUES.filter(lambda value: value != "--")  # which argparse itself loses there (python/cpython#59317)
    joined = st.builds(lambda name, value: f"{name}={value}", names | begun, inside)
    return st.lists(names | names | begun | joined | VALUES, max_size=8)


@pytest.mark.parametrize(("engine", "version"), PYTHON)
def test_it_reads_as_argparse_does(engine: str, version: str) -> None:
    """Wherever argparse takes a line whole, the same flags get the same values; where it refuses one, or leaves words
    over, so does the tokenizer, in its own way."""
    found = table(engine, version)
    parser, reader = parser_of(found), Reader(found, Style.ARGPARSE)
    taken = []

    @settings(max_examples=400, deadline=None)
    @given(lines(found))
    def check(words: list[str]) -> None:
        try:
            theirs = by_argparse(parser, words)
        except Refused:
            with suppress(UsageError):
                assert by_reader(reader, words)[1], words  # whole names of other versions are taken, and said to be
            return
        ours = by_reader(reader, words)
        if [word for word in theirs[1] if word != "--"]:
            assert ours[1], words  # a word that belongs to nothing is left over here too
        else:
            assert (ours[0], [word for word in ours[1] if word != "--"]) == (theirs[0], []), words
        taken.append(words)

    check()
    assert len(taken) > 50


@pytest.mark.parametrize("engine", ENGINES)
def test_effects_speak_of_flags_that_are_there(engine: str) -> None:
    """Every name of the table of effects is a flag of some recorded version, and no two lists hold one."""
    from fnmatch import fnmatchcase

    known = effects(engine)
    flags = {name for flag in (*table(engine).flags, *table(engine).past) for name in flag.names}
    missing = [
        form
        for form in (*known.sets, *known.none, *known.unmodelled)
        if not any(fnmatchcase(name, form) for name in flags)
    ]
    assert missing == []
    assert not set(known.sets) & set(known.none) and not set(known.none) & set(known.unmodelled)


@pytest.mark.parametrize("engine", ENGINES)
def test_types_of_the_cache_are_modelled(engine: str) -> None:
    """What the engine's newest version takes is in the table, and what it is called there has bytes."""
    from moeaudit.costs.forms import FORMATS

    known = effects(engine)
    named = {kind for kind in (*known.cache.values(), *known.assumed.values()) if kind != "auto"}
    assert named <= set(FORMATS)
    flag = next((one for one in table(engine).flags if known.sets.get(one.name) == "cache_dtype"), None)
    words = {word for word in flag.choices if word != "*"} if flag else set()
    assert words <= {*known.cache, *known.assumed}


def test_vllm_knows_22_types_of_cache() -> None:
    """vllm/config/cache.py of 0.33.0, CacheDType."""
    flag = table("vllm").named()["--kv-cache-dtype"]
    assert len([word for word in flag.choices if word != "*"]) == 22


@pytest.mark.parametrize(
    ("version", "used"),
    [("", "0.33.0"), ("0.33", "0.33.0"), ("0.11", "0.11.2"), ("0.11.0", "0.11.2"), ("0.12.1", "0.11.2"),
     ("0.8.5", "0.9.2"), ("0.40", "0.33.0"), ("v0.20.2rc1", "0.20.2")],
)  # fmt: skip
def test_the_nearest_recorded_version(version: str, used: str) -> None:
    assert table("vllm", version).version == used


NAMES = {
    "vllm": [
        "--tensor-parallel-size",
        "-tp",
        "-pp",
        "-dp",
        "-dcp",
        "-pcp",
        "-ep",
        "-q",
        "-sc",
        "-n",
        "-r",
        "-asc",
        "-dpl",
    ],
    "sglang": ["--tp-size", "--attn-dp-size", "--attn-cp-size", "--ep", "--mem-fraction-static", "--nccl-init-addr"],
    "llama.cpp": ["-c", "--ctx-size", "-ngl", "--n-cpu-moe", "-ctk", "-ctv", "-ts", "-hf", "-np", "-fa"],
    "lmdeploy": ["--tp", "--session-len", "--cache-max-entry-count", "--quant-policy"],
    "mlx-lm": ["--model", "--kv-bits", "--decode-concurrency"],
    "tensorrt-llm": ["--tp_size", "--ep_size", "--max_seq_len", "--config", "--extra_llm_api_options"],
}


@pytest.mark.parametrize("engine", NAMES)
def test_recorded_names(engine: str) -> None:
    """Names of the engines' own documentation."""
    assert set(NAMES[engine]) <= set(table(engine).named())


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("--data-parallel 8", "is the beginning of several flags"),
        ("--enable 1", "is the beginning of several flags"),
        ("--enforce-eager=1", "is a switch"),
        ("--max-model-len", "expects a value"),
        ("--lora-modules --seed 1", "expects a value"),
        ("-d 8", "is the beginning of several flags"),
    ],
)
def test_what_vllm_refuses(words: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        Reader(table("vllm"), Style.FLEXIBLE).read(tuple(shlex.split(words)))


def test_a_space_keeps_an_unknown_flag_from_being_one() -> None:
    """argparse takes `-as=a b` behind a flag for its value, and `-as=a` for a flag that it does not know."""
    reader = Reader(table("vllm", "0.11"), Style.ARGPARSE)
    assert by_reader(reader, ["--additional-config", "-as=a b"]) == ({"additional-config": ["-as=a b"]}, [])
    with pytest.raises(UsageError, match="expects a value"):
        reader.read(("--additional-config", "-as=a"))
