"""Links and paths that a repo's author controls: followed within their folder, and never to what is hidden there."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.samples import CONFIG, CommandLine, folder, table

SECRET = "PLANTED-SECRET 9B total parameters"
CLAIMS = (
    "schema: moeaudit/claims/v1\nmodel: {{id: org/x, evidence: {}}}\narchitecture:\n  total_parameters: {{value: 1B}}\n"
)


@pytest.fixture
def repo(cli: CommandLine, tmp_path: Path) -> Path:
    """A checkout with a model below it, its repository's settings, and files outside."""
    for name in ("secret.txt", "secret.md", "secret.json", "secret.claims.yaml"):
        (tmp_path / name).write_text(SECRET if not name.endswith(".json") else json.dumps({**CONFIG, "note": SECRET}))
    Path(".git").mkdir()
    Path(".git/config").write_text(SECRET)
    Path(".git/card.md").write_text(SECRET)
    Path("creds.json").write_text(SECRET)
    folder(Path("m"), weights=table())
    Path("m/x.claims.yaml").write_text(CLAIMS.format("."))
    return Path.cwd()


TARGETS = (
    "../../secret.txt",
    "../../secret.md",
    "../.git/config",
    "../.git/card.md",
    "../creds.json",
    "/etc/passwd",
    "../../../../../../../../etc/passwd",
    "README.md",
    "/dev/zero",
    "/proc/self/environ",
    "config.json",
    "gone.md",
)
LINES = (
    "packet m --format json",
    "packet m/x.claims.yaml m/README.md --format json",
    "check m --format json",
    "check m/README.md --model m --explain-reading",
    "check m --format markdown",
    "draft m",
    "draft m --card m/README.md",
    "check m/README.md --format json",
    "inspect m --format json",
    "check m --fix",
    "lock m -o y.evidence.json",
)


@pytest.mark.parametrize("target", TARGETS)
def test_a_card_that_is_a_link_elsewhere_is_not_read(cli: CommandLine, repo: Path, target: str) -> None:
    Path("m/README.md").symlink_to(target)
    for line in LINES:
        run = cli(*line.split())
        assert "PLANTED" not in run.out + run.err and "root:" not in run.out, line
        assert run.code != 5 and "Traceback" not in run.err, f"{line}: {run.err}"
    assert "PLANTED" not in "".join(path.read_text() for path in Path().glob("y.*"))
    run = cli("check", "m/README.md", "--model", "m")
    assert run.code in (2, 4) and run.err.count("\n") == 1 and "README.md" in run.err


def test_a_card_that_is_a_link_within_its_folder_is_read(cli: CommandLine, repo: Path) -> None:
    Path("m/CARD.md").write_text("# Small\n\n9B total parameters\n")
    Path("m/README.md").symlink_to("CARD.md")
    run = cli("check", "m/README.md", "--model", "m", "--format", "json")
    assert run.code == 0 and "9B" in run.out


@pytest.mark.parametrize("name", ["x.claims.yaml", "x.evidence.json", "config.json", "model.safetensors.index.json"])
@pytest.mark.parametrize("target", ["../../secret.json", "../../secret.claims.yaml", "../creds.json", "../.git/config"])
def test_no_other_file_of_a_model_is_a_link_elsewhere(cli: CommandLine, repo: Path, name: str, target: str) -> None:
    path = Path("m", name)
    path.unlink(missing_ok=True)
    path.symlink_to(target)
    Path("m/README.md").write_text("# Small\n\n9B total parameters\n")
    for line in ("check m/README.md --format json", "check m --format json", "packet m/README.md --format json"):
        run = cli(*line.split())
        assert "PLANTED" not in run.out + run.err and run.code != 5, f"{line}: {run.err}"


@pytest.mark.parametrize(
    "named",
    [
        "../../secret.json",
        "/etc",
        "/etc/passwd",
        "../.git",
        "../.git/config",
        "/proc/self/mem",
        "../../../../../../etc/passwd",
        "link.json",
        "out/secret.json",
        "/dev/zero",
        "~",
        "../..",
    ],
)
def test_evidence_that_a_claim_file_names_stays_in_the_checkout(cli: CommandLine, repo: Path, named: str) -> None:
    Path("m/link.json").symlink_to("../../secret.json")
    Path("m/out").symlink_to("../..")
    Path("m/x.claims.yaml").write_text(CLAIMS.format(json.dumps(named)))
    for line in ("check m/x.claims.yaml --format json", "packet m/x.claims.yaml --format json"):
        run = cli(*line.split())
        assert run.code in (2, 4) and run.err.count("\n") == 1 and "PLANTED" not in run.out + run.err, run
        assert named == "~" or "names evidence outside of here" in run.err, run.err


def test_evidence_beside_and_above_within_the_checkout_is_read(cli: CommandLine, repo: Path, tmp_path: Path) -> None:
    Path("claims").mkdir()
    Path("claims/y.claims.yaml").write_text(CLAIMS.format("../m"))
    assert cli("check", "claims/y.claims.yaml").code == 1
    (tmp_path / "apart").mkdir()
    (tmp_path / "apart" / "z.claims.yaml").write_text(CLAIMS.format("../here/m"))
    run = cli("check", tmp_path / "apart" / "z.claims.yaml")
    assert run.code == 2 and "names evidence outside of apart" in run.err and "--model" in run.err
    assert cli("check", tmp_path / "apart" / "z.claims.yaml", "--model", "m").code == 1


def test_a_draft_names_no_evidence_that_would_be_refused(cli: CommandLine, repo: Path, tmp_path: Path) -> None:
    (tmp_path / "apart").mkdir()
    cli("draft", "m", "-o", tmp_path / "apart" / "d.claims.yaml")
    cli("draft", "m", "-o", "d.claims.yaml")
    assert "evidence:" not in (tmp_path / "apart" / "d.claims.yaml").read_text()
    assert 'evidence: "m"' in Path("d.claims.yaml").read_text() or "evidence: m" in Path("d.claims.yaml").read_text()


def git(*words: str, cwd: Path) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", *words],
        cwd=cwd, check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def tracked(cli: CommandLine, tmp_path: Path) -> Path:
    """A repository with a model, its card committed and then changed in line 5."""
    import shutil

    folder(Path("m"), weights=table())
    Path("m/README.md").write_text("# Small\n\n9B total parameters\n\nsame\n")
    git("init", "-q", ".", cwd=Path.cwd())
    git("add", "m/README.md", cwd=Path.cwd())
    git("commit", "-qm", "one", cwd=Path.cwd())
    Path("m/README.md").write_text("# Small\n\n9B total parameters\n\n8B total parameters\n")
    assert shutil.which("git")
    return Path.cwd()


SINCE = ("check", "m/README.md", "--model", "m", "--fail-on", "warning", "--since", "HEAD")

RUNNING: tuple[Callable[[Path, str], None], ...] = (
    lambda root, hook: git("config", "core.fsmonitor", hook, cwd=root),
    lambda root, hook: git("config", "core.hooksPath", str(Path(hook).parent), cwd=root),
    lambda root, hook: git("config", "diff.external", hook, cwd=root),
    lambda root, hook: (git("config", "diff.x.textconv", hook, cwd=root), attributes(root, "diff=x"))[0],
    lambda root, hook: (git("config", "diff.x.command", hook, cwd=root), attributes(root, "diff=x"))[0],
    lambda root, hook: (git("config", "filter.x.clean", hook, cwd=root), attributes(root, "filter=x"))[0],
    lambda root, hook: (git("config", "filter.x.smudge", hook, cwd=root), attributes(root, "filter=x"))[0],
    lambda root, hook: (git("config", "filter.x.process", hook, cwd=root), attributes(root, "filter=x"))[0],
    lambda root, hook: git("config", "core.pager", hook, cwd=root),
    lambda root, hook: git("config", "core.editor", hook, cwd=root),
    lambda root, hook: git("config", "core.sshCommand", hook, cwd=root),
    lambda root, hook: git("config", "credential.helper", f"!{hook}", cwd=root),
    lambda root, hook: git("config", "alias.ls-tree", f"!{hook}", cwd=root),
    lambda root, hook: git("config", "core.alternateRefsCommand", hook, cwd=root),
)


def attributes(root: Path, what: str) -> None:
    (root / ".git" / "info").mkdir(exist_ok=True)
    (root / ".git" / "info" / "attributes").write_text(f"*.md {what}\n")


@pytest.mark.parametrize("number", range(len(RUNNING)))
def test_since_runs_no_program_of_the_repository(cli: CommandLine, tracked: Path, tmp_path: Path, number: int) -> None:
    hook = tmp_path / "bin" / "post-index-change"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\ncat\n")
    hook.chmod(0o755)
    RUNNING[number](tracked, str(hook))
    run = cli(*SINCE)
    assert run.code == 1 and not (tmp_path / "ran").exists(), run
    assert not list(tmp_path.rglob("moeaudit-*"))


@pytest.mark.parametrize("name", ["GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_SSH_COMMAND", "GIT_ASKPASS", "GIT_EDITOR"])
def test_since_heeds_no_variable_of_git(
    cli: CommandLine, tracked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "hook").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "hook").chmod(0o755)
    monkeypatch.setenv(name, str(tmp_path / "hook"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor={tmp_path / 'hook'}'")
    assert cli(*SINCE).code == 1
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kind", ["folder", "file", "link"])
def test_since_is_not_asked_of_a_repository_that_came_along(
    cli: CommandLine, tracked: Path, tmp_path: Path, kind: str
) -> None:
    Path(".git").rename(tmp_path / "theirs")
    git("init", "-q", ".", cwd=tracked)
    if kind == "folder":
        (tmp_path / "theirs").rename("m/.git")
    elif kind == "file":
        Path("m/.git").write_text(f"gitdir: {tmp_path / 'theirs'}\n")
    else:
        Path("m/.git").symlink_to(tmp_path / "theirs")
    run = cli(*SINCE)
    assert run.code == 2 and "the file lies in a git repository of its own" in run.err and run.err.count("\n") == 1


def test_since_gates_the_changed_line_alone(cli: CommandLine, tracked: Path) -> None:
    """Line 5 was changed, line 3 was not; ends of lines that git writes otherwise are no change."""
    run = cli(*SINCE)
    assert run.code == 1 and "on lines changed since HEAD: 2" in run.err  # and that no licence is stated
    Path("m/README.md").write_bytes(b"# Small\r\n\r\n9B total parameters\r\n\r\nsame\r\n")
    run = cli(*SINCE)
    assert run.code == 0 and "on lines changed since HEAD: 0" in run.err
    run = cli("check", "m/README.md", "--model", "m", "--since", "nothing")
    assert run.code == 2 and "git cannot compare with 'nothing'" in run.err
    git("rm", "-q", "--cached", "m/README.md", cwd=tracked)
    git("commit", "-qm", "two", cwd=tracked)
    assert cli(*SINCE).code == 1
