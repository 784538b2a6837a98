"""What publishes releases: the templates for the registry, the workflows, the updates of what is pinned."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
BCR = REPOSITORY / ".bcr"
WORKFLOWS = sorted((REPOSITORY / ".github/workflows").iterdir())
WRITES = {"release.yml:release": {"attestations", "contents", "id-token"}, "release.yml:python": {"id-token"}}
"""Job → permissions to write that it needs; no other job has one."""


def json_of(name: str) -> Any:
    """Return a JSON file of the repository."""
    return json.loads((REPOSITORY / name).read_text(encoding="utf-8"))


def workflow(path: Path) -> dict[Any, Any]:
    """Return a workflow; YAML reads its key `on` as true."""
    loaded: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def test_metadata() -> None:
    """What the registry's schema wants of metadata.json, and what "publish to BCR" wants of its template."""
    metadata = json_of(".bcr/metadata.template.json")
    known = {"homepage", "maintainers", "repository", "versions", "yanked_versions"}
    assert set(metadata) == known
    assert (metadata["versions"], metadata["yanked_versions"]) == ([], {})
    assert metadata["maintainers"] and all(isinstance(who["name"], str) for who in metadata["maintainers"])
    assert all(isinstance(who["github_user_id"], int) for who in metadata["maintainers"] if "github" in who)
    (repository,) = metadata["repository"]
    assert re.fullmatch(r"github:[\w-]+/rules_reprowheel", repository)
    assert metadata["homepage"] == f"https://github.com/{repository.removeprefix('github:')}"


def test_source() -> None:
    """The address is that of a release's file, which is stable; only placeholders that are known are in it."""
    source = json_of(".bcr/source.template.json")
    assert set(source) == {"integrity", "strip_prefix", "url"}
    assert source["url"].startswith("https://github.com/{OWNER}/{REPO}/releases/download/{TAG}/")
    found = set(re.findall(r"\{[^}]*\}", source["url"] + source["strip_prefix"]))
    assert found == {"{OWNER}", "{REPO}", "{TAG}", "{VERSION}"}


def test_presubmit() -> None:
    """Every task says its Bazel, which are those that the CI has; the test module is in the repository."""
    presubmit = yaml.safe_load((BCR / "presubmit.yml").read_text(encoding="utf-8"))
    module = presubmit["bcr_test_module"]
    assert (REPOSITORY / module["module_path"] / "MODULE.bazel").is_file()
    assert module["matrix"]["bazel"] == ["7.x", "8.x", "9.x"]
    assert module["tasks"]
    for task in module["tasks"].values():
        assert (task["bazel"], task["platform"]) == ("${{ bazel }}", "${{ platform }}")
        assert task["test_targets"] == ["//..."]
    smoke = workflow(REPOSITORY / ".github/workflows/ci.yml")["jobs"]["smoke"]
    assert smoke["strategy"]["matrix"]["bazel"] == module["matrix"]["bazel"]
    assert [step["working-directory"] for step in smoke["steps"] if step.get("run") == "bazel test //..."] == ["e2e/smoke"]


def test_one_home() -> None:
    """README, templates and package name one repository."""
    (repository,) = json_of(".bcr/metadata.template.json")["repository"]
    home = repository.removeprefix("github:")
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"github\.com/([\w-]+/rules_reprowheel)\b", readme))
    assert named == {home}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned(path: Path) -> None:
    """Every action is a full commit with its version behind it; a workflow of this repository is a file."""
    uses = re.findall(r"^\s*(?:- )?uses: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert uses
    for word in uses:
        if word.startswith("./"):
            assert (REPOSITORY / word).is_file()
        else:
            assert re.fullmatch(r"[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40} # v?\d+\.\d+\.\d+", word), word


def test_one_commit_for_each_version() -> None:
    """An action that several jobs use is the same everywhere."""
    text = "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)
    found: dict[str, set[str]] = {}
    for action, version in re.findall(r"uses: ([\w./-]+)@(.*)$", text, re.MULTILINE):
        found.setdefault(action, set()).add(version)
    assert len(found) > 5
    assert {action: versions for action, versions in found.items() if len(versions) > 1} == {}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_permissions(path: Path) -> None:
    """None by default; each job names its own, and writes no more than it must."""
    loaded = workflow(path)
    assert loaded["permissions"] == {}
    assert set(loaded[True]) <= {"push", "pull_request", "workflow_call", "workflow_dispatch"}
    for name, job in loaded["jobs"].items():
        writes = {what for what, level in job["permissions"].items() if level != "read"}
        assert writes == WRITES.get(f"{path.name}:{name}", set()), name


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_steps(path: Path) -> None:
    """No expression is pasted into a shell, no checkout keeps a password, no address is in it, what is run exists."""
    assert "://" not in path.read_text(encoding="utf-8")
    for job in workflow(path)["jobs"].values():
        for step in job.get("steps", []):
            assert "${{" not in step.get("run", "")
            for word in re.findall(r"(?:^|\s)((?:\.ci|tools)/[\w/.]+)", step.get("run", "")):
                assert (REPOSITORY / word).exists(), word
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_release_is_compared() -> None:
    """Two machines make it; what is published depends on the job that compares them, and is what the first made."""
    jobs = workflow(REPOSITORY / ".github/workflows/release.yml")["jobs"]
    artifacts = [row["artifact"] for row in jobs["make"]["strategy"]["matrix"]["include"]]
    images = {row["image"] for row in jobs["make"]["strategy"]["matrix"]["include"]}
    assert len(images) == len(artifacts) == 2
    runs = [step["run"] for step in jobs["release"]["steps"] if "run" in step]
    assert runs[0] == f"diff --recursive {artifacts[0]} {artifacts[1]}"
    assert [jobs[name]["needs"] for name in ("release", "python", "registry")] == ["make", "release", "release"]
    assert next(step for step in jobs["python"]["steps"] if "download" in step["uses"])["with"]["name"] == artifacts[0]


def test_updates() -> None:
    """renovate.json finds the locks of the tools, the actions and Bazel's modules; what it leaves alone has a build lock."""
    config = json_of("renovate.json")
    assert {"bazel-module", "bazelisk", "github-actions", "pep621", "pip_requirements"} == set(config["enabledManagers"])
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.splitlines()
    patterns = [pattern.strip("/") for pattern in config["pip_requirements"]["managerFilePatterns"]]
    found = [name for name in listed if any(re.search(pattern, name) for pattern in patterns)]
    assert found == ["tests/build-wheels.txt", "tests/e2e/servers.txt", "tests/requirements.txt", "tools/release/hatchling.txt"]
    assert all("--hash=sha256:" in (REPOSITORY / name).read_text(encoding="utf-8") for name in found)
    for name in config["ignorePaths"]:
        assert any(path.is_file() for path in REPOSITORY.glob(name if "*" not in name else name + "/*")), name
