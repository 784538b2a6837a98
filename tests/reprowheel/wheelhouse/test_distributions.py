"""Wheels of a wheelhouse: what may be together, and who needs whom; packaging's and pip's answers are the reference."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest
from packageurl import PackageURL
from support.builds import make_wheel
from support.wheelhouses import report_of, write_report

from reprowheel.errors import InstallError, ReprowheelError, UsageError
from reprowheel.wheelhouse.distributions import dependency_graph, package_url, read_distributions, roots

if TYPE_CHECKING:
    from pathlib import Path


def wheel(folder: Path, name: str, version: str = "1.0", *lines: str, content: str = "") -> Path:
    """Return a wheel with more lines in its METADATA."""
    metadata = "".join(f"{line}\n" for line in lines)
    return make_wheel(folder, name, version, {f"{name}.py": content}, metadata=metadata)


def refused(kind: type[ReprowheelError], wheels: list[Path], *reports: Path) -> str:
    """Return the message that refuses them: one line."""
    with pytest.raises(kind) as caught:
        dependency_graph(read_distributions(wheels, reports))
    assert "\n" not in caught.value.message
    return caught.value.message


@pytest.mark.parametrize("version", ["1.0", "1.0+cu118", "1!2.0", "1.0.post1.dev2", "2.0rc1"])
def test_package_url(version: str) -> None:
    """As packageurl's own reader has it."""
    url = PackageURL.from_string(package_url("foo-bar", version))
    assert (url.type, url.namespace, url.name, url.version) == ("pypi", None, "foo-bar", version)
    assert url.to_string() == package_url("foo-bar", version)


def test_fields(tmp_path: Path) -> None:
    """Sorted by normalized name; a licence by expression or by name; a licence's whole text is no name, nor is `UNKNOWN`."""
    paths = [
        wheel(tmp_path, "Zoo_Keeper", "1.0", "License-Expression: MIT OR Apache-2.0"),
        wheel(tmp_path, "apple", "2.0", "License: BSD"),
        wheel(tmp_path, "text", "2.0", "License: Permission is hereby granted,", "        provided that"),
        wheel(tmp_path, "unsaid", "1.0", "License: UNKNOWN"),
    ]
    apple, text, unsaid, zoo = read_distributions(paths, [])
    assert [str(d) for d in (apple, text, zoo)] == ["apple==2.0", "text==2.0", "zoo-keeper==1.0"]
    assert (zoo.license_expression, zoo.license_name) == ("MIT OR Apache-2.0", "")
    assert (apple.license_expression, apple.license_name) == ("", "BSD")
    assert {(d.license_expression, d.license_name) for d in (text, unsaid)} == {("", "")}


def test_same_wheel_twice_counts_once(tmp_path: Path) -> None:
    """Two targets of Bazel may have the same wheel; its report, too."""
    one, two = wheel(tmp_path / "a", "foo"), wheel(tmp_path / "b", "foo")
    reports = [write_report(tmp_path / f"{p.parent.name}.json", report_of(p)) for p in (one, two)]
    (found,) = read_distributions([one, two], reports)
    assert found.build is not None


def test_two_versions(tmp_path: Path) -> None:
    """An environment has one version of a distribution, whatever order they come in."""
    paths = [wheel(tmp_path, "foo", "1.10"), wheel(tmp_path, "foo", "1.9")]
    expected = "foo: two versions, 1.9 (foo-1.9-py3-none-any.whl) and 1.10 (foo-1.10-py3-none-any.whl); expected one"
    assert refused(UsageError, paths) == refused(UsageError, paths[::-1]) == expected


def test_two_wheels_of_one_version(tmp_path: Path) -> None:
    """One version twice, with other bytes or another name."""
    one, two = wheel(tmp_path / "a", "foo"), wheel(tmp_path / "b", "foo", content="x = 1")
    message = refused(UsageError, [one, two])
    assert message.startswith("foo==1.0: two wheels, foo-1.0-py3-none-any.whl with sha256 ")
    assert message.endswith("…; expected one")
    renamed = tmp_path / "foo-1.0-1-py3-none-any.whl"
    renamed.write_bytes(one.read_bytes())
    assert "two wheels, foo-1.0-py3-none-any.whl" in refused(UsageError, [one, renamed])


def test_damaged_wheel(tmp_path: Path) -> None:
    """Bytes that RECORD does not have, bytes that are no archive, and a name that is none."""
    path = wheel(tmp_path, "foo", content="x = 1234567")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"1234567", b"1234568"))
    assert refused(InstallError, [path]).startswith("foo-1.0-py3-none-any.whl: ")
    path.write_bytes(b"junk")
    assert refused(InstallError, [path]) == "foo-1.0-py3-none-any.whl: File is not a zip file"
    path.write_bytes(data)
    assert "foo.whl: not a wheel's file name" in refused(InstallError, [path.rename(tmp_path / "foo.whl")])


def test_record_is_checked(tmp_path: Path) -> None:
    """An archive that is sound, with a file that RECORD has another digest of."""
    path = wheel(tmp_path, "foo", content="x = 1")
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in (members | {"foo.py": b"x = 2"}).items():
            archive.writestr(name, data)
    message = refused(InstallError, [path])
    assert message.startswith("foo-1.0-py3-none-any.whl: damaged: ")
    assert "foo.py" in message


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("foo-1.1-py3-none-any.whl", "its METADATA says foo 1.0; expected foo 1.1"),
        ("bar-1.0-py3-none-any.whl", "foo-1.0.dist-info belongs to another project"),
    ],
)
def test_name_and_version_are_those_of_the_file(tmp_path: Path, filename: str, expected: str) -> None:
    """A renamed wheel: pip would not install it either."""
    path = wheel(tmp_path, "foo").rename(tmp_path / filename)
    assert refused(InstallError, [path]) == f"{filename}: {expected}"


def test_version_that_is_none(tmp_path: Path) -> None:
    """METADATA without a version that can be compared."""
    path = wheel(tmp_path, "foo", "latest").rename(tmp_path / "foo-1.0-py3-none-any.whl")
    assert refused(InstallError, [path]) == f"{path.name}: its METADATA says foo latest; expected foo 1.0"


def test_requirement_that_is_none(tmp_path: Path) -> None:
    """A Requires-Dist that nobody can read."""
    path = wheel(tmp_path, "foo", "1.0", "Requires-Dist: bar (>=1")
    expected = "foo-1.0-py3-none-any.whl: its METADATA has the Requires-Dist 'bar (>=1', which is no requirement"
    assert refused(InstallError, [path]) == expected


def test_report_of_another_build(tmp_path: Path) -> None:
    """A report whose wheel is not there, of a distribution that is there and of one that is not."""
    foo, other, bar = wheel(tmp_path, "foo"), wheel(tmp_path / "o", "foo", content="y = 2"), wheel(tmp_path, "bar")
    report = write_report(tmp_path / "other.json", report_of(other))
    message = refused(UsageError, [foo], report)
    assert message.startswith(f"{report}: is the report of foo-1.0-py3-none-any.whl with sha256 ")
    assert "…, which is not among the wheels; foo-1.0-py3-none-any.whl has " in message
    report = write_report(tmp_path / "bar.json", report_of(bar))
    message = refused(UsageError, [foo], report)
    assert message.startswith(f"{report}: is the report of bar-1.0-py3-none-any.whl with sha256 ")
    assert message.endswith("…, which is not among the wheels")


@pytest.mark.parametrize("changes", [{"name": "bar"}, {"version": "2.0"}])
def test_report_with_another_name(tmp_path: Path, changes: dict[str, str]) -> None:
    """The digest fits, and what the report says it built does not."""
    foo = wheel(tmp_path, "foo")
    report = write_report(tmp_path / "r.json", report_of(foo, **changes))
    said = {"name": "foo", "version": "1.0"} | changes
    assert refused(UsageError, [foo], report) == (
        f"{report}: says that {said['name']}=={said['version']} was built as foo-1.0-py3-none-any.whl;"
        " the wheel with that digest is foo-1.0-py3-none-any.whl"
    )


def test_two_reports(tmp_path: Path) -> None:
    """Two stories of one wheel."""
    foo = wheel(tmp_path, "foo")
    reports = [write_report(tmp_path / f"{epoch}.json", report_of(foo, epoch=epoch)) for epoch in (1, 2)]
    expected = f"foo==1.0: two reports, {reports[0]} and {reports[1]}, that differ; expected one"
    assert refused(UsageError, [foo], *reports) == expected


def graph(folder: Path, wheels: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    """Return the graph of wheels that have these requirements."""
    paths = [wheel(folder, name, "1.0", *(f"Requires-Dist: {line}" for line in lines)) for name, lines in wheels.items()]
    return dependency_graph(read_distributions(paths, []))


def test_graph(tmp_path: Path) -> None:
    """Names in any spelling, markers of this interpreter, extras that somebody asks for, and those only."""
    found = graph(
        tmp_path,
        {
            "app": ["Lib_One[fast]>=0.5", "win; sys_platform == 'win32'", "never; platform_release >= '1'"],
            "lib_one": [
                "speed; extra == 'Fast'",
                "docs; extra == 'docs'",
                "lib_one[all]; extra == 'fast'",
                "more; extra == 'all'",
            ],
            "speed": ["app"],
            "more": [],
            "docs": [],
            "win": [],
        },
    )
    assert found == {
        "app": ("lib-one",),
        "lib-one": ("more", "speed"),
        "speed": ("app",),
        "more": (),
        "docs": (),
        "win": (),
    }
    assert roots(found) == ["app", "docs", "win"], "one of the circle, and what nothing needs"


def test_circle_behind_a_root_has_no_root_of_its_own() -> None:
    """What is reached already needs no second way in."""
    assert roots({"a": ["b"], "b": ["c"], "c": ["b"]}) == ["a"]


def test_missing_wheel(tmp_path: Path) -> None:
    """What is required and not there is named, and how many more."""
    paths = [wheel(tmp_path, "app", "1.0", "Requires-Dist: lib>=2", "Requires-Dist: other"), wheel(tmp_path, "lib", "1.5")]
    assert refused(UsageError, paths[:1]) == "app==1.0 requires lib>=2, and there is no wheel of lib (and 1 more like this)"
    one = wheel(tmp_path / "one", "app", "1.0", "Requires-Dist: lib>=2")
    assert refused(UsageError, [one, paths[1]]) == "app==1.0 requires lib>=2, and the wheel is lib-1.5-py3-none-any.whl"


def test_prereleases_fit(tmp_path: Path) -> None:
    """What is locked was wanted, prerelease or not."""
    paths = [wheel(tmp_path, "app", "1.0", "Requires-Dist: lib>=1"), wheel(tmp_path, "lib", "2.0rc1")]
    assert dependency_graph(read_distributions(paths, [])) == {"app": ("lib",), "lib": ()}


@pytest.mark.parametrize(("version", "needs"), [("3.9", ("lib",)), ("3.9.7", ("lib",)), ("3.10", ()), ("3.13.1", ("new",))])
def test_graph_is_that_of_the_python_that_is_asked_for(tmp_path: Path, version: str, needs: tuple[str, ...]) -> None:
    """Markers are evaluated for the Python that the wheels are for, which need not be the helper's."""
    lines = ["Requires-Dist: lib ; python_version < '3.10'", "Requires-Dist: new ; python_full_version >= '3.13.1'"]
    paths = [wheel(tmp_path, "app", "1.0", *lines), wheel(tmp_path, "lib"), wheel(tmp_path, "new")]
    assert dependency_graph(read_distributions(paths, []), version)["app"] == needs
