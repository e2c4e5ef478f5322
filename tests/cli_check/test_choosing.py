"""What a command looks at, decided by what lies where: evidence beside a card, the files of a folder, who a repository
belongs to. Each table has what is just taken and what is just not."""

from __future__ import annotations

from pathlib import Path

import pytest

from moeaudit.audits.check import own_card, text_of
from moeaudit.audits.choice import Choice, chosen
from moeaudit.audits.deciding import apart, files_read, is_evidence, is_read
from moeaudit.audits.estimate import Asked, command_of, fleet_of
from moeaudit.audits.names import Names, named_model, names_beside, names_of, remote_of, shown_name
from moeaudit.audits.subjects import Subject, catalogue_or_card, expanded, grouped
from moeaudit.claims.file import parse_claims
from moeaudit.errors import NoEvidence, UsageError
from moeaudit.evidence.model import Evidence, JsonFile, ModelRef, Source

HOSTED = "schema: moeaudit/claims/v1\nmodel: {id: org/a, distribution: hosted}\n"
NAMED = "schema: moeaudit/claims/v1\nmodel: {id: org/a, revision: v1}\n"
POINTING = "schema: moeaudit/claims/v1\nmodel: {id: org/a, evidence: there.evidence.json, distribution: hosted}\n"


def lay(folder: Path, *names: str, text: str = "") -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "target"),
    [
        (("a.evidence.json",), "a.evidence.json"),
        (("a.evidence.json", "config.json"), "a.evidence.json"),
        (("a.evidence.json", "b.evidence.json", "config.json"), "."),
        (("config.json",), "."),
        (("params.json",), "."),
        (("model.gguf",), "."),
        (("config.json", "a.claims.yaml"), "."),
        (("a.evidence.json", "b.evidence.json"), None),
        (("model.safetensors",), None),
        ((), None),
    ],
)
def test_what_lies_beside_a_card(files: tuple[str, ...], target: str | None, tmp_path: Path) -> None:
    """One evidence file goes before the files of a model; of two, neither is meant."""
    subject = Subject(cards=[lay(tmp_path, *files) / "README.md"])
    if target is None:
        with pytest.raises(NoEvidence):
            chosen(subject, None, "main")
    else:
        assert chosen(subject, None, "main") == Choice(str(tmp_path / target), "main")


def test_a_claim_file_beside_a_card_names_its_evidence(tmp_path: Path) -> None:
    lay(tmp_path, "a.claims.yaml", text=NAMED)
    subject = Subject(cards=[tmp_path / "README.md"])
    assert chosen(subject, None, None) == Choice("org/a", "v1")
    lay(tmp_path, "b.claims.yaml", text=NAMED)  # of two, neither is meant
    with pytest.raises(NoEvidence) as caught:
        chosen(subject, None, None)
    assert caught.value.place is not None and caught.value.place.file == str(tmp_path / "README.md")


def test_the_second_card_is_asked_where_the_first_lies_alone(tmp_path: Path) -> None:
    lay(tmp_path, "two/config.json")
    cards = [tmp_path / "one" / "README.md", tmp_path / "two" / "README.md"]
    assert chosen(Subject(cards=cards), None, None) == Choice(str(tmp_path / "two"))


@pytest.mark.parametrize(
    ("text", "revision", "choice"),
    [
        (NAMED, None, Choice("org/a", "v1")),
        (NAMED, "v2", Choice("org/a", "v2")),
        (HOSTED, "v2", Choice(None)),
        (POINTING, "v2", Choice("there.evidence.json", "v2")),
    ],
)
def test_what_a_claim_file_names(
    text: str, revision: str | None, choice: Choice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its evidence first, hosted or not; then nothing where it is hosted; then its id, at the line's revision."""
    monkeypatch.chdir(tmp_path)
    lay(tmp_path, "there.evidence.json", "config.json")
    claims = parse_claims(text, "a.claims.yaml")
    subject = Subject(claims=[claims], cards=[Path("README.md")])  # what lies beside the card does not count
    assert chosen(subject, None, revision) == choice
    assert chosen(subject, "other/one", revision) == Choice("other/one", revision)


@pytest.mark.parametrize(
    ("name", "read", "evidence"),
    [
        ("config.json", True, True),
        ("hf_quant_config.json", True, True),
        ("params.json", True, True),
        ("model.safetensors.index.json", True, True),
        ("model.safetensors", True, True),
        ("MODEL.GGUF", True, True),
        ("a.evidence.json", False, True),
        ("README.md", False, False),
        ("tokenizer.json", False, False),
        ("evidence.json", False, False),
    ],
)
def test_files_that_are_evidence(name: str, read: bool, evidence: bool) -> None:
    assert (is_read(name), is_evidence(name)) == (read, evidence)


def test_files_of_a_folder_and_of_those_directly_in_it(tmp_path: Path) -> None:
    wanted = ["config.json", "text/config.json", "text/model.safetensors", "z.safetensors"]
    lay(tmp_path, *wanted, "README.md", "text/notes.txt", ".git/config.json", "text/deeper/config.json")
    lay(tmp_path.parent / f"{tmp_path.name}-beside", "config.json")
    (tmp_path / "linked").symlink_to(tmp_path.parent / f"{tmp_path.name}-beside")
    assert [path.relative_to(tmp_path).as_posix() for path in files_read(tmp_path)] == wanted
    assert list(files_read(tmp_path / "config.json")) == list(files_read(tmp_path / "nowhere")) == []


def test_a_colon_chooses_among_the_files_of_a_folder(tmp_path: Path) -> None:
    folder = lay(tmp_path / "m", "a:b.gguf")
    assert apart(f"{folder}:Q4_K_M") == (str(folder), "Q4_K_M")
    assert apart(str(folder)) == (str(folder), "")
    assert apart(f"{folder}/a:b.gguf") == (f"{folder}/a:b.gguf", "")  # a name with a colon in it
    assert apart("org/model:Q4") == ("org/model:Q4", "")  # nothing that lies here


REMOTES = """[core]
\tbare = false
[remote "upstream"]
\turl = https://github.com/other/Falcon-7B.git
[remote "origin"]
\tfetch = +refs/heads/*:refs/remotes/origin/*
\turl = {url}
[branch "main"]
\turl = https://github.com/wrong/Wrong-1B
"""


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://huggingface.co/org/Falcon-40B", "org/Falcon-40B"),
        ("https://huggingface.co/org/Falcon-40B.git", "org/Falcon-40B"),
        ("https://huggingface.co/org/Falcon-40B/", "org/Falcon-40B"),
        ("https://huggingface.co/org/Falcon-40B.git/", "org/Falcon-40B"),
        ("git@hf.co:org/Falcon-40B", "org/Falcon-40B"),
        ("ssh://git@host:22/group/org/Falcon-40B.git", "org/Falcon-40B"),
    ],
)
def test_the_repository_that_a_folder_comes_from(url: str, name: str, tmp_path: Path) -> None:
    """`origin` goes before others, whichever stands first; a folder within belongs to it too."""
    lay(tmp_path, ".git/config", text=REMOTES.format(url=url))
    assert remote_of(tmp_path) == remote_of(lay(tmp_path / "a" / "b", "x").resolve()) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (REMOTES.format(url="").replace("\turl = \n", ""), "other/Falcon-7B"),
        ("[remote]\n\turl = https://github.com/org/Falcon-7B\n", ""),
        ("[core]\n\turl = https://github.com/org/Falcon-7B\n", ""),
        ("", ""),
    ],
)
def test_settings_that_name_another_remote_or_none(text: str, name: str, tmp_path: Path) -> None:
    lay(tmp_path, ".git/config", text=text)
    assert remote_of(tmp_path) == name


def test_the_nearest_repository_decides(tmp_path: Path) -> None:
    lay(tmp_path, ".git/config", text=REMOTES.format(url="https://hf.co/far/Falcon-40B"))
    lay(tmp_path / "in", ".git/config", text="")
    assert remote_of(tmp_path / "in") == ""
    (tmp_path / "in" / ".git" / "config").unlink()
    assert remote_of(tmp_path / "in") == "far/Falcon-40B"


@pytest.mark.parametrize(
    ("folder", "path", "names"),
    [
        ("Falcon-40B", "other/Falcon-7B", ("Falcon-40B", "other/Falcon-7B")),
        ("org--Falcon-40B", None, ("org/Falcon-40B",)),
        ("Falcon-40B", "Falcon-40B", ("Falcon-40B",)),
        ("checkpoints", "x/output", ()),
        ("Models", "Falcon-7B", ("Falcon-7B",)),
    ],
)
def test_what_else_a_model_may_be_called(folder: str, path: str | None, names: tuple[str, ...], tmp_path: Path) -> None:
    """The folder, then the config's path, each once; words that name nothing are no names."""
    config = JsonFile("config.json", {"_name_or_path": path} if path else {})
    evidence = Evidence(ModelRef(str(tmp_path / folder), Source.FOLDER), config)
    assert names_beside(tmp_path / folder, evidence) == names
    assert names_beside(None, evidence) == tuple(name for name in names if name == path)
    lay(tmp_path / folder, "README.md")
    assert names_of(None, "org/a", tmp_path / folder / "README.md") == Names(
        "org/a", names_beside(tmp_path / folder, None)
    )
    assert names_of(evidence, None, tmp_path / folder / "README.md").also == names


@pytest.mark.parametrize(
    ("named", "model"),
    [
        ("org--Falcon", "org/Falcon"),
        ("a--b--c", "a--b--c"),
        ("org--", "org--"),
        ("--Falcon", "--Falcon"),
        ("org--Falcon.md", "org--Falcon.md"),
        ("org--Falcon.evidence.json", "org--Falcon.evidence.json"),
        ("/org/Falcon", None),
        ("Falcon", "Falcon"),
        (None, None),
    ],
)
def test_what_a_name_names(
    named: str | None, model: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder `org--name` is a model of that name; a path is none."""
    monkeypatch.chdir(tmp_path)
    assert named_model(None, named) == model


def test_the_evidence_names_before_anyone_else(tmp_path: Path) -> None:
    hub = Evidence(ModelRef("org/Falcon", Source.HUB))
    assert named_model(hub, "other/Name") == "org/Falcon"
    assert named_model(Evidence(ModelRef(str(tmp_path), Source.FOLDER)), "other/Name") == "other/Name"


def test_what_to_call_a_model(tmp_path: Path) -> None:
    from moeaudit.claims.card import read_card

    folder = Evidence(ModelRef(str(tmp_path / "folder"), Source.FOLDER))
    cards = [read_card("no title\n", "a.md"), read_card("# Falcon 40B\n\nFalcon 40B is a model.\n", "b.md")]
    assert shown_name("org/a", cards, folder) == "org/a"
    assert shown_name(None, cards, folder) == cards[1].subject != ""
    assert shown_name(None, cards[:1], folder) == "folder"
    assert shown_name(None, (), None) == ""


@pytest.mark.parametrize(
    ("name", "kind"),
    [("README.md", ".md"), ("a.MARKDOWN", ".markdown"), ("a.yaml", ".yaml"), ("a.yml", ".yml"), ("a.toml", ".toml"),
     ("a.json", ".json"), ("config.json", "a model's configuration makes no claims"),
     ("a.txt", "neither a claim file, a model card nor a catalogue"),
     ("a", "neither a claim file, a model card nor a catalogue")],
)  # fmt: skip
def test_what_can_be_checked(name: str, kind: str) -> None:
    if kind.startswith("."):
        assert catalogue_or_card(Path(name)) == kind
    else:
        with pytest.raises(UsageError) as caught:
            catalogue_or_card(Path(name))
        assert caught.value.message == kind and caught.value.place is not None and caught.value.place.file == name


def test_paths_become_files_each_once_in_order(tmp_path: Path) -> None:
    lay(
        tmp_path,
        "m/README.md",
        "m/b.claims.yaml",
        "m/in/a.claims.yaml",
        "m/in/README.md",
        "m/notes.md",
        "m/.x/c.claims.yaml",
    )
    found, absent = expanded(
        [tmp_path / "m" / "notes.md", tmp_path / "m", tmp_path / "m" / "README.md", tmp_path / "redme.md"]
    )
    assert [path.relative_to(tmp_path / "m").as_posix() for path in found] == [
        "notes.md", "README.md", "b.claims.yaml", "in/a.claims.yaml",
    ]  # fmt: skip
    (failed,) = absent
    assert failed.files == (str(tmp_path / "redme.md"),) and failed.error.message == "no such file or folder"


@pytest.mark.parametrize(
    ("typed", "hint"),
    [("REDME.md", "Did you mean {}/README.md?"), ("zzz", "Check the path."), ("no/REDME.md", "Check the path.")],
)
def test_a_path_that_leads_nowhere(typed: str, hint: str, tmp_path: Path) -> None:
    lay(tmp_path, "README.md", "other.md")
    _, (failed,) = expanded([tmp_path / typed])
    assert failed.error.hint == hint.format(tmp_path)


def test_files_of_one_folder_speak_of_one_model(tmp_path: Path) -> None:
    """The first claim file heads its folder; a card elsewhere, and a second claim file, speak of their own."""
    lay(tmp_path, "m/a.claims.yaml", "m/b.claims.yaml", text=NAMED)
    lay(tmp_path, "m/README.md", "other/README.md", "m/x.toml", "m/x.txt")
    order = ("m/README.md", "other/README.md", "m/b.claims.yaml", "m/a.claims.yaml", "m/x.toml", "m/x.txt")
    paths = [tmp_path / name for name in order]

    def named(subjects: list[Subject]) -> list[list[str]]:
        return [[Path(file).relative_to(tmp_path).as_posix() for file in one.files] for one in subjects]

    subjects, failures = grouped(paths, together=False)
    assert named(subjects) == [["m/b.claims.yaml", "m/README.md", "m/x.toml"], ["m/a.claims.yaml"], ["other/README.md"]]
    assert [failed.files for failed in failures] == [(str(tmp_path / "m/x.txt"),)]
    whole, failures = grouped(paths, together=True)
    assert named(whole) == [["m/b.claims.yaml", "m/a.claims.yaml", "m/README.md", "other/README.md", "m/x.toml"]]
    assert len(failures) == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le-bom", "utf-16-be-bom", "utf-32"])
def test_a_text_in_another_encoding_is_refused(encoding: str, tmp_path: Path) -> None:
    boms = {"utf-16-le-bom": b"\xff\xfe", "utf-16-be-bom": b"\xfe\xff"}
    plain = encoding.removesuffix("-bom")
    data = boms.get(encoding, b"") + "# A card\n".encode(plain)
    (tmp_path / "README.md").write_bytes(data)
    with pytest.raises(UsageError, match="UTF-16 or UTF-32"):
        text_of(tmp_path / "README.md")


def test_a_big_endian_text_of_four_bytes_too(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"\0\0\xfe\xff" + "# A card\n".encode("utf-32-be"))
    with pytest.raises(UsageError, match="UTF-16 or UTF-32"):
        text_of(tmp_path / "README.md")


def test_bytes_that_are_no_utf_8_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_bytes(b"# Mod\xe8le\n")
    assert text_of(tmp_path / "README.md") == "# Mod\ufffdle\n"


def test_the_card_of_a_models_folder(tmp_path: Path) -> None:
    assert own_card(str(tmp_path)) is own_card(None) is own_card("org/model") is None
    lay(tmp_path, "README.md")
    assert own_card(str(tmp_path)) == tmp_path / "README.md"
    assert own_card(str(tmp_path / "README.md")) is None


COMMAND = "vllm serve org/a --tensor-parallel-size {}"


@pytest.mark.parametrize(("ranks", "fits"), [(4, True), (8, True), (16, False)])
def test_a_command_takes_the_devices_that_there_are(ranks: int, fits: bool) -> None:
    read = command_of(COMMAND.format(ranks))
    assert read is not None
    if fits:
        assert fleet_of(Asked(gpus="8xH200"), read).devices == 8
    else:
        with pytest.raises(UsageError, match="the command takes 16 devices, the fleet has 8"):
            fleet_of(Asked(gpus="8xH200"), read)


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        (Asked(), "A fleet file also holds the engine, the work and the prices."),
        (Asked(fleet=Path("f.yaml"), gpus="8xH200"), "A fleet file also holds the engine, the work and the prices."),
        (Asked(training_tokens="1T"), "Training compute without a fleet: moeaudit packet MODEL --training-tokens N."),
        (Asked(fleet=Path("f.yaml"), gpus="8xH200", training_tokens="1T"),
         "A fleet file also holds the engine, the work and the prices."),
    ],
)  # fmt: skip
def test_one_fleet_and_not_two(asked: Asked, hint: str) -> None:
    with pytest.raises(UsageError, match="give either --fleet FILE or --gpus") as caught:
        fleet_of(asked, None)
    assert caught.value.hint == hint


@pytest.mark.parametrize(
    ("engine", "command", "name", "version"),
    [
        ("vllm", "", "vllm", ""),
        ("vllm@0.17.1", "", "vllm", "0.17.1"),
        ("sglang", "", "sglang", ""),
        ("vllm", "python -m sglang.launch_server --model-path org/a", "sglang", ""),
        ("vllm@0.17.1", "vllm serve org/a", "vllm", "0.17.1"),
    ],
)
def test_the_engine_is_the_commands_where_none_is_asked_for(engine: str, command: str, name: str, version: str) -> None:
    settings = fleet_of(Asked(gpus="8xH200", engine=engine), command_of(command)).settings
    assert (settings.engine.name, settings.engine.version) == (name, version)
