"""`moeaudit packet` from the command line: what can be given, what comes out, and with which exit code."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from moeaudit import __version__
from moeaudit.cli.app import run
from moeaudit.cli.packet import dated
from moeaudit.errors import Exit, NoEvidence, UsageError
from tests.packet.samples import CLAIMS, FRESH, RUMOUR

MODELS = (
    "mistralai/Mixtral-8x7B-v0.1",
    "deepseek-ai/DeepSeek-V3",
    "openai/gpt-oss-120b",
    "moonshotai/Kimi-K2-Instruct",
)
FORMATS = {"md": "packet.md", "html": "packet.html", "json": "packet.json"}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    return tmp_path


def packet(*words: str) -> int:
    return run(["packet", *words, "--offline"])


@pytest.mark.parametrize("model", MODELS)
def test_a_model_in_all_formats_by_one_command(model: str, here: Path) -> None:
    assert (
        packet(model, *(word for name, file in FORMATS.items() for word in ("--format", f"{name}={file}"))) == Exit.OK
    )
    for file in FORMATS.values():
        assert model in (here / file).read_text("utf-8")
        assert (here / file).stat().st_size < 1_000_000
    assert run(["packet", "--verify", "packet.json"]) == Exit.OK


def test_claims_with_their_evidence_and_a_fleet(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mixtral.claims.yaml").write_text(CLAIMS)
    assert packet("mixtral.claims.yaml", "--gpus", "2xH200") == Exit.OK
    text = capsys.readouterr().out
    assert "46,702,792,704" in text and "Fits 2 × H200-SXM" in text
    assert "moeaudit packet mixtral.claims.yaml --gpus 2xH200 --preset procurement" in text


def test_several_fleets_are_a_line_each_and_the_first_is_estimated(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "mixtral.claims.yaml").write_text(CLAIMS)
    fleets = ("--gpus", "2xH200", "--gpus", "1x4090", "--gpus", "2x8xH100")
    assert packet("mixtral.claims.yaml", *fleets, "-o", "p.md", "-o", "p.json") == Exit.OK
    text, made = (here / "p.md").read_text("utf-8"), json.loads((here / "p.json").read_text())
    assert [(one["fleet"], one["fits"]) for one in made["fleets"]] == [
        ("2 × H200-SXM", True), ("1 × RTX-4090", False), ("16 × H100-SXM in 2 nodes", True),
    ]  # fmt: skip
    assert made["estimates"]["fleet"] == "2 × H200-SXM"
    summary = text.split("## Summary")[1].split("\n## ")[0]
    assert "Fits 2 × H200-SXM" in summary and "Does not fit 1 × RTX-4090" in summary and "16 × H100-SXM" in summary
    assert made["fleets"][1]["smallest"] in summary
    assert "--gpus 2xH200 --preset procurement --gpus 1x4090 --gpus 2x8xH100" in text
    assert run(["packet", "--verify", "p.json"]) == Exit.OK
    made["fleets"][1]["fits"] = True
    (here / "p.json").write_text(json.dumps(made))
    capsys.readouterr()
    assert run(["packet", "--verify", "p.json"]) == Exit.FINDINGS
    assert "fleets[1 × RTX-4090].fits: recorded true, now false" in capsys.readouterr().out


def test_the_same_bytes_wherever_the_files_lie(here: Path) -> None:
    made = []
    for folder in ("one", "two"):
        (here / folder).mkdir()
        (here / folder / "mixtral.claims.yaml").write_text(CLAIMS)
        assert (
            packet(
                f"{folder}/mixtral.claims.yaml",
                "--format",
                "html=a.html",
                "--format",
                "json=a.json",
                "--format",
                "md=a.md",
                "--date",
                "2026-11-30",
            )
            == Exit.OK
        )
        made.append([(here / name).read_bytes() for name in ("a.html", "a.json", "a.md")])
    assert made[0] == made[1]


def test_the_date_is_the_given_one_else_the_environments_else_todays(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    before = datetime.now(UTC).date().isoformat()
    assert packet("fresh.claims.yaml") == Exit.OK
    days = {before, datetime.now(UTC).date().isoformat()}
    assert any(f"Dated {day}" in capsys.readouterr().out for day in days)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert packet("fresh.claims.yaml") == Exit.OK
    assert "Dated 2023-11-14" in capsys.readouterr().out
    assert packet("fresh.claims.yaml", "--date", "2026-11-30") == Exit.OK
    assert "Dated 2026-11-30" in capsys.readouterr().out
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert packet("fresh.claims.yaml", "--date", "2026-11-30") == Exit.OK
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH"):
        packet("fresh.claims.yaml")


@pytest.mark.parametrize(
    "day",
    ["30.11.2026", "2026-13-01", "2026-02-30", "2026-1-1", "20261130", "0000-01-01", "२०२६-०१-०१", "x\x1b"],
)
def test_what_is_no_date_is_refused(day: str, here: Path) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    with pytest.raises(UsageError, match=r"is no date.*2026-11-30"):
        packet("fresh.claims.yaml", "--date", day)


def test_verify_makes_a_packet_again_as_of_its_own_day(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    assert packet("fresh.claims.yaml", "--date", "2020-02-29", "-o", "p.json") == Exit.OK
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert run(["packet", "--verify", "p.json"]) == Exit.OK


@pytest.mark.parametrize("ending", ["md", "markdown", "html", "htm", "json"])
def test_a_file_is_of_the_format_that_its_ending_names(
    ending: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    form = {"md": "markdown", "htm": "html"}.get(ending, ending)
    common = ("fresh.claims.yaml", "--date", "2026-11-30")
    assert packet(*common, "-o", f"p.{ending}") == Exit.OK and capsys.readouterr().out == ""
    assert packet(*common, "--format", form) == Exit.OK
    assert capsys.readouterr().out == (here / f"p.{ending}").read_text("utf-8")


def test_json_for_short(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    assert packet("fresh.claims.yaml", "--json") == Exit.OK
    assert json.loads(capsys.readouterr().out)["schema"] == "moeaudit/packet/v1"


def test_pages_name_the_digest_of_their_json_twin(here: Path) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    files = [word for name in ("p.json", "p.md", "p.html") for word in ("-o", name)]
    assert packet("fresh.claims.yaml", "--date", "2026-11-30", *files) == Exit.OK
    digest = sha256((here / "p.json").read_bytes()).hexdigest()
    assert all(digest in (here / name).read_text("utf-8") for name in ("p.md", "p.html"))


def test_a_closed_model_is_a_list_of_questions(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "gpt-4.claims.yaml").write_text(RUMOUR)
    assert packet("gpt-4.claims.yaml") == Exit.OK
    text = capsys.readouterr().out
    assert "No evidence of GPT-4 was read" in text and "**unsupported**" in text and "1.8T is reported" in text


def test_evidence_that_cannot_be_had_is_said_and_gives_4(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "new.claims.yaml").write_text("schema: moeaudit/claims/v1\nmodel: {id: acme/new-model}\n")
    assert packet("new.claims.yaml") == Exit.NO_EVIDENCE
    read = capsys.readouterr()
    assert "## Questions to the vendor" in read.out and "Evidence could not be had" in read.out
    assert "no evidence went into this packet" in read.err
    with pytest.raises(NoEvidence):
        packet("acme/new-model")


def test_verify_finds_what_was_changed(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert packet("openai/gpt-oss-120b", "--format", "json=p.json") == Exit.OK
    content = json.loads((here / "p.json").read_text())
    content["summary"]["headline"][1]["typical"] = 5_100_000_000
    (here / "p.json").write_text(json.dumps(content))
    assert run(["packet", "--verify", "p.json"]) == Exit.FINDINGS
    assert "summary.headline[active.full].typical: recorded 5100000000, now 5711982912" in capsys.readouterr().out


def test_verify_against_another_model(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert packet("openai/gpt-oss-120b", "--format", "json=p.json") == Exit.OK
    assert run(["packet", "--verify", "p.json", "openai/gpt-oss-120b", "--offline"]) == Exit.OK
    assert run(["packet", "--verify", "p.json", "openai/gpt-oss-20b", "--offline"]) == Exit.FINDINGS
    assert "evidence read now" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "one model"),
        (["a/b", "c/d"], "one model"),
        (["fresh.claims.yaml", "a/b"], "side by side"),
        (["fresh.claims.yaml", "other.claims.yaml"], "2 models"),
        (["fresh.claims.yaml", "--preset", "glossy"], "glossy.*There are: procurement, card-review, regulator"),
        (["fresh.claims.yaml", "--preset", "without-evidence"], "preset 'without-evidence' is not known.*regulator.$"),
        (["fresh.claims.yaml", "-o", "packet"], "names no format"),
        (["fresh.claims.yaml", "-o", "p.md", "-o", "q.md"], "two files"),
        (["fresh.claims.yaml", "--format", "docx"], "docx"),
        (["fresh.claims.yaml", "--template", "nowhere"], "no such folder"),
        (["fresh.claims.yaml", "--gpus", "8xH200", "--fleet", "f.yaml"], "either"),
        (["fresh.claims.yaml", "--gpus", "8xH200"], "no evidence to estimate from"),
        (["fresh.claims.yaml", "--context", "4096"], "need a fleet"),
        (["fresh.claims.yaml", "--format", "md=one", "--format", "html=./one"], "one file"),
        (["--verify", "fresh.claims.yaml"], "JSON"),
    ],
)
def test_bad_usage_is_one_clear_line(words: list[str], message: str, here: Path) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    (here / "other.claims.yaml").write_text(FRESH.replace("new", "other"))
    with pytest.raises(UsageError, match=message):
        packet(*words)
    assert not list(here.glob("*.tmp"))


def test_what_was_not_read_is_not_called_read(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The recorded Mixtral has a table of tensors that was derived from config.json: one witness, and it is named."""
    assert packet(MODELS[0]) == Exit.OK
    text = capsys.readouterr().out
    assert "No headers were read. This account is derived from config.json" in text
    assert "by the config witness" in text and "derived from config |" in text
    assert "derived from config, headers" not in text and "bytes of weights (headers)" not in text


def test_the_command_to_make_it_again_names_templates_and_revision(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "own").mkdir()
    (here / "mixtral.claims.yaml").write_text(CLAIMS)
    packet("mixtral.claims.yaml", "--template", "own", "--revision", "v9")
    assert "--preset procurement --template own --revision v9" in capsys.readouterr().out


def test_a_fleet_without_evidence_says_why_there_is_none(here: Path) -> None:
    (here / "open.claims.yaml").write_text("schema: moeaudit/claims/v1\nmodel: {id: acme/unheard-of}\n")
    with pytest.raises(NoEvidence, match="acme/unheard-of: offline"):
        packet("open.claims.yaml", "--gpus", "8xH200")


@pytest.mark.parametrize("text", ["a: [", "- 1", "\x00"])
def test_words_of_ones_own_that_are_no_mapping_are_one_clear_line(text: str, here: Path) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    (here / "strings.en.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"a table belongs here|YAML|control character"):
        packet("fresh.claims.yaml", "--template", ".")


def test_words_of_ones_own_lie_over_the_shipped_ones(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    (here / "strings.en.yaml").write_text("document: {title: Our report}")
    assert packet("fresh.claims.yaml", "--template", ".") == Exit.OK
    text = capsys.readouterr().out
    assert text.startswith("# Our report: acme/new-model") and "For procurement" in text


FLEET = "schema: moeaudit/fleet/v1\ndevices: {type: H200, per_node: 8}\n"


@pytest.mark.parametrize(
    "words",
    [
        "mixtral.claims.yaml --preset procurement",
        "mixtral.claims.yaml --model mistralai/Mixtral-8x7B-v0.1 --preset regulator",
        "mixtral.claims.yaml --fleet fleet.yaml --preset procurement",
        "mixtral.claims.yaml --gpus 8xH200 --engine sglang --context 9 --concurrency 3 --price 2.5 --preset regulator",
        "mixtral.claims.yaml --training-tokens 2T --preset procurement --template own --revision v9",
        "mistralai/Mixtral-8x7B-v0.1 --preset procurement",
    ],
)
def test_the_command_to_make_it_again_is_the_one_that_made_it(
    words: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "own").mkdir()
    (here / "mixtral.claims.yaml").write_text(CLAIMS)
    (here / "fleet.yaml").write_text(FLEET)
    packet(*words.split(), "--date", "2026-11-30")
    again = f"moeaudit packet {words} --date 2026-11-30 --offline --format json\n"
    assert again in capsys.readouterr().out.replace("`", "\n")
    code = packet(*again.split()[2:])
    first = capsys.readouterr().out
    assert json.loads(first)["appendix"]["command"] == again.strip()
    assert code == run(again.split()[1:]) == (Exit.NO_EVIDENCE if "v9" in words else Exit.OK)
    assert capsys.readouterr().out == first


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("--gpus 8xH200 --engine vllm", "--gpus 8xH200"),  # what holds anyway
        ("--gpus 8xH200 --engine vllm@0.11", "--gpus 8xH200 --engine vllm@0.11"),
        ("--training-tokens 2T", "--training-tokens 2T"),
    ],
)
def test_the_command_leaves_out_what_holds_anyway(
    words: str, printed: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "in").mkdir()
    (here / "in" / "mixtral.claims.yaml").write_text(CLAIMS)
    packet("in/mixtral.claims.yaml", *words.split(), "--date", "2026-11-30")
    told = capsys.readouterr().out.replace("`", "\n")
    again = f"moeaudit packet mixtral.claims.yaml {printed} --preset procurement --date 2026-11-30"
    assert f"{again} --offline --format json\n" in told


@pytest.mark.parametrize("words", ["--context 9", "--concurrency 2", "--price 0", "--price 1", "--engine sglang"])
def test_work_without_a_fleet_is_refused(words: str, here: Path) -> None:
    (here / "fresh.claims.yaml").write_text(FRESH)
    with pytest.raises(UsageError, match="need a fleet"):
        packet("fresh.claims.yaml", *words.split())


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        ("a/b c/d", True),
        ("a/b --model c/d", True),
        ("--model openai/gpt-oss-120b", False),
        ("openai/gpt-oss-120b", False),
    ],
)
def test_a_packet_is_held_against_one_model(words: str, refused: bool, here: Path) -> None:
    packet("openai/gpt-oss-120b", "--format", "json=p.json")
    if refused:
        with pytest.raises(UsageError, match="against one model at most"):
            packet("--verify", "p.json", *words.split())
    else:
        assert packet("--verify", "p.json", *words.split()) == Exit.OK


@pytest.mark.parametrize(
    ("words", "against", "end"),
    [
        (
            [],
            "the embedded evidence",
            "To hold it against the Hub: moeaudit packet --verify p.json --model openai/gpt-oss-120b\n",
        ),
        (["openai/gpt-oss-120b"], "evidence read now", "The packet follows from the evidence read now.\n"),
    ],
)
def test_verify_says_against_what(
    words: list[str], against: str, end: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packet("openai/gpt-oss-120b", "--format", "json=p.json", "--date", "2026-11-30")
    assert packet("--verify", "p.json", *words) == Exit.OK
    told = capsys.readouterr().out
    about = f"openai/gpt-oss-120b, no commit, made with moeaudit {__version__}, dated 2026-11-30\n"
    assert told.startswith(about) and told.endswith(end)
    assert f" values made again from {against}; 0 changed.\n" in told and told.count("\n") <= 4


@pytest.mark.parametrize(
    ("text", "date"),
    [("0", "1970-01-01"), ("86399", "1970-01-01"), ("86400", "1970-01-02"), ("-1", "1969-12-31"),
     ("253402300799", "9999-12-31"), ("253402300800", None), ("1e9", None), ("1 0", None), (" ", None)],
)  # fmt: skip
def test_the_date_of_the_source(text: str, date: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    if date is None:
        with pytest.raises(UsageError, match="is not a number of seconds"):
            dated("")
    else:
        assert dated("") == date
        assert dated("2026-11-30") == "2026-11-30"


def test_without_any_it_is_today(monkeypatch: pytest.MonkeyPatch) -> None:
    for unset in ("", None):
        monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
        if unset is not None:
            monkeypatch.setenv("SOURCE_DATE_EPOCH", unset)
        before = datetime.now(UTC).date().isoformat()
        assert before <= dated("") <= datetime.now(UTC).date().isoformat()
