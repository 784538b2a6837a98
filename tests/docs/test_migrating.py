"""docs/migrating.md has every attribute of both sides, and says of each what the code does."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from docs.migrating_rows import DIFFERENT, ROWS, TABLES

REPOSITORY = Path(__file__).resolve().parents[2]
OLDEST = Path("/usr/share/bazel/rules/python/python/pip_install/pip_repository.bzl")
STATUS = {"same", "also", "idle", "refused", "no"}
# rules_python 2.3.
NEWEST = {
    "pip.parse": (
        "add_libdir_to_library_search_path auth_patterns download_only enable_implicit_namespace_pkgs environment envsubst"
        " experimental_extra_index_urls experimental_index_url experimental_index_url_overrides experimental_requirement_cycles"
        " extra_hub_aliases extra_pip_args hub_name isolated netrc parallel_download pip_data_exclude pyproject_toml"
        " python_interpreter python_interpreter_target python_version quiet requirements_by_platform requirements_darwin"
        " requirements_linux requirements_lock requirements_windows simpleapi_skip target_platforms timeout"
        " use_hub_alias_dependencies uv_lock whl_modifications"
    ),
    "pip.override": "file patch_strip patches",
    "pip.whl_mods": (
        "additive_build_content additive_build_content_file copy_executables copy_files data data_exclude_glob hub_name"
        " srcs_exclude_glob whl_name"
    ),
    "pip.default": (
        "arch_name auth_patterns config_settings default_hub env index_url marker netrc os_name platform pyproject_toml"
        " whl_abi_tags whl_platform_tags"
    ),
    "pip.dep": "extra_targets name",
    "pip_parse": "annotations name python_interpreter python_interpreter_target",
    "whl_library": (
        "add_libdir_to_library_search_path annotation auth_patterns config_load dep_template download_only"
        " enable_implicit_namespace_pkgs environment envsubst extra_pip_args filename group_deps group_name index_url integrity"
        " isolated netrc pip_data_exclude python_interpreter python_interpreter_target quiet repo_prefix requirement sha256"
        " timeout urls whl_file whl_patches"
    ),
}


@cache
def tables() -> dict[str, dict[str, str]]:
    """Return heading → attribute → status, as the page has them."""
    found: dict[str, dict[str, str]] = {}
    section = ""
    for line in page().splitlines():
        if heading := re.match(r"### `([\w.]+)`", line):
            section = heading[1]
        elif row := re.match(r"\| `(\w+)` \| (\w+) \| .*\|$", line):
            rows = found.setdefault(section, {})
            assert row[1] not in rows, f"{section}: {row[1]} twice"
            rows[row[1]] = row[2]
    return found


def page() -> str:
    """Return the page."""
    return (REPOSITORY / "docs/migrating.md").read_text(encoding="utf-8")


def dict_keys(path: Path) -> dict[str, set[str]]:
    """Return name → keys of every dict that a .bzl file assigns at its top level, or the items of its lists."""
    found: dict[str, set[str]] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
            continue
        parts = list(ast.walk(node.value))
        keys = {key for part in parts if isinstance(part, ast.Dict) for key in part.keys}
        items = {item for part in parts if isinstance(part, ast.List) for item in part.elts} if not keys else set()
        found[node.targets[0].id] = {str(word.value) for word in keys | items if isinstance(word, ast.Constant)}
    return found


@cache
def ours() -> dict[str, set[str]]:
    """Return tag → attributes that it has here."""
    hub = REPOSITORY / "python/private/hub"
    parse = dict_keys(hub / "parse_attrs.bzl")
    settings = dict_keys(REPOSITORY / "python/private/wheel/settings.bzl")
    groups = [name for name in parse if re.fullmatch(r"_[A-Z]+_ATTRS", name)]
    tag_attrs = [name for name in settings if name.endswith("SETTING_ATTRS")]
    assert len(groups) >= 6
    assert len(tag_attrs) >= 3
    defaults = dict_keys(hub / "defaults.bzl")
    return {
        "pip.default": defaults["DEFAULT_ATTRS"] | defaults["_PLATFORM_ATTRS"],
        "pip.dep": defaults["DEP_ATTRS"],
        "pip.parse": set().union(*(parse[name] for name in groups)) | {"hub_name"},
        "idle": parse["_IDLE_ATTRS"],
        "refused": parse["_REFUSED_ATTRS"],
        "also": parse["_ALIAS_ATTRS"],
        "pip.override": set().union(*(settings[name] for name in tag_attrs)) | {"file", "hub_name", "name"},
        "pip.whl_mods": dict_keys(hub / "overrides.bzl")["MODIFICATION_ATTRS"] | {"hub_name", "whl_name"},
    }


@pytest.mark.parametrize("section", NEWEST)
def test_every_attribute_of_the_newest_is_there(section: str) -> None:
    """Each attribute of rules_python has a row with a status."""
    rows = tables()[section]
    assert set(NEWEST[section].split()) - set(rows) == set()
    assert set(rows.values()) <= STATUS


def test_every_attribute_of_the_oldest_is_there() -> None:
    """So has each attribute of the packaged rules_python 0.22.1, read from its own files."""
    if not OLDEST.is_file():
        pytest.skip("this host has no packaged rules_python; the Debian root has")
    oldest = dict_keys(OLDEST)
    public = {name: {key for key in keys if not key.startswith("_")} for name, keys in oldest.items()}
    assert len(public["common_attrs"]) > 8
    parse = (public["common_attrs"] | public["pip_repository_attrs"] | {"name"}) - {"repo_prefix"}
    assert parse - set(tables()["pip.parse"]) == set()
    assert public["common_attrs"] | public["whl_library_attrs"] <= set(tables()["whl_library"])
    tree = ast.parse(OLDEST.read_text(encoding="utf-8"))
    (annotation,) = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "package_annotation"]
    assert {argument.arg for argument in annotation.args.args} <= set(tables()["pip.whl_mods"])


@pytest.mark.parametrize("section", ["pip.parse", "pip.override", "pip.whl_mods", "pip.default", "pip.dep"])
def test_status_is_what_the_code_does(section: str) -> None:
    """What the page says is there is an attribute here, and what it says is not is none; ours are all named."""
    rows, attributes = tables()[section], ours()[section]
    assert {name for name, status in rows.items() if status != "no"} <= attributes
    assert {name for name, status in rows.items() if status == "no"} & attributes == set()
    text = page().partition(f"### `{section}`")[2].partition("\n#")[0]
    assert {name for name in attributes - set(rows) if f"`{name}`" not in text} == set()


def test_idle_refused_and_aliases_of_parse() -> None:
    """These words are those of the code's own groups."""
    rows = tables()["pip.parse"]
    for status in ("idle", "refused"):
        assert {name for name, word in rows.items() if word == status} == ours()[status]
    assert {name for name, word in rows.items() if word == "also"} <= ours()["also"]
    assert {word for section in ("pip.default", "pip.dep") for word in tables()[section].values()} == {"same"}


def is_there(test: str) -> bool:
    """Say whether a test of `PATH::NAME` exists: a function, or the rule of a Starlark test."""
    path, _, name = test.partition("::")
    file = REPOSITORY / "tests" / path
    pattern = rf"^{name} = \w+\.make\(" if path.endswith(".bzl") else rf"^def {name}\("
    return file.is_file() and re.search(pattern, file.read_text(encoding="utf-8"), re.MULTILINE) is not None


@pytest.mark.parametrize("section", ROWS)
def test_every_same_row_has_a_test(section: str) -> None:
    """Each row that promises rules_python's meaning names a test, which exists and whose file has the attribute's name."""
    promised = {name for name, status in tables()[section].items() if status in ("same", "also")}
    if section == "pip_parse":
        promised -= set(tables()["pip.parse"]) - set(ROWS[section])
    assert set(ROWS[section]) == promised
    for name, test in ROWS[section].items():
        assert is_there(test), test
        text = (REPOSITORY / "tests" / test.partition("::")[0]).read_text(encoding="utf-8")
        imported = "".join(
            path.read_text(encoding="utf-8")
            for path in (REPOSITORY / "tests/e2e/choices.py", REPOSITORY / "tests/e2e/switching.py")
            if f"e2e.{path.stem} import" in text
        )
        assert re.search(rf"\b{name}\b", text + imported), f"{test} does not name {name}"


def test_every_other_word_has_a_test() -> None:
    """So has each other word of the tables of tags."""
    used = {status for section in ROWS for status in tables()[section].values()} - {"same", "also"}
    assert used == set(TABLES)
    assert [test for test in TABLES.values() if not is_there(test)] == []


def test_every_difference_has_a_test() -> None:
    """Each line of "What behaves differently" names a test that exists."""
    lines = [line for line in page().partition("## What behaves differently")[2].splitlines() if line.startswith("- ")]
    begins = [re.match(r"- (?:\*\*(.+?)\*\*|(`\S+`))", line) for line in lines]
    assert all(begins)
    assert {found[1] or found[2] for found in begins if found} == set(DIFFERENT)
    assert [test for test in DIFFERENT.values() if not is_there(test)] == []


@pytest.mark.parametrize(
    "test", ["e2e/test_hub.py::test_nothing", "starlark/hub/nowhere.bzl::plan_test", "e2e/nowhere.py::test_x"]
)
def test_a_test_that_is_gone_would_be_noticed(test: str) -> None:
    """A test without file, or a file without the test, counts as missing."""
    assert not is_there(test)


def test_a_missing_row_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a row the comparison fails, so it does look."""
    rows = dict(tables()["pip.parse"])
    del rows["netrc"]
    monkeypatch.setitem(tables(), "pip.parse", rows)
    with pytest.raises(AssertionError):
        test_every_attribute_of_the_newest_is_there("pip.parse")
