"""Mistakes of people who begin, and what is told about each: a table for `test_messages.py`.

In texts, `{index}` is the address of an index with `pure` and `plain`; below it, `{index}/401` answers every request so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ONES = "1" * 64
LOCK = 'requirements_lock = "//:requirements.txt", '
TAG = 'MODULE.bazel: pip.parse(hub_name = "pypi"): '
EXPECTED = "expected https://, http:// or file:///"
PURE = ("build", "--nobuild", "@pypi//pure")
REQUIREMENT = 'load("@pypi//:requirements.bzl", "requirement")\nfilegroup(name = "x", srcs = [requirement({})])\n'
X = ("build", "--nobuild", "//:x")
LINE = f"pure==1.0 --hash=sha256:{ONES}\n"
WRITE = "'pip-compile --generate-hashes' or 'uv pip compile --generate-hashes'"


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One mistake.

    :param message: the whole line that is told; where it ends in `…`, how it begins.
    :param attributes: of pip.parse, instead of a good lock and index.
    :param tags: more lines of MODULE.bazel.
    :param files: name → text, None for no file, `/` for a directory.
    :param variables: what the client's environment has.
    """

    name: str
    message: str
    hub: str = "pypi"
    attributes: str = LOCK + 'index_url = "{index}"'
    tags: str = ""
    files: Mapping[str, str | None] = field(default_factory=dict)
    command: tuple[str, ...] = PURE
    variables: Mapping[str, str] = field(default_factory=dict)

    def module(self) -> str:
        """Return what MODULE.bazel has."""
        return f'pip.parse(hub_name = "{self.hub}", {self.attributes})\n{self.tags}\nuse_repo(pip, "{self.hub}")\n'

    def of_hub(self, name: str) -> Mistake:
        """Return the same mistake in another hub with another lock."""

        def renamed(text: str) -> str:
            return text.replace('"pypi"', f'"{name}"').replace("@pypi", "@" + name).replace("requirements.txt", name + ".txt")

        return Mistake(
            name=self.name,
            hub=name,
            message=renamed(self.message),
            attributes=renamed(self.attributes),
            tags=renamed(self.tags),
            files={renamed(file): text for file, text in ({"requirements.txt": LINE} | dict(self.files)).items()},
            command=tuple(renamed(word) for word in self.command),
            variables=self.variables,
        )


def address(name: str, attribute: str, message: str, **more: dict[str, str]) -> Mistake:
    """Return a mistake in an address of an index."""
    return Mistake(name=name, message=message, attributes=LOCK + attribute, **more)  # type: ignore[arg-type]


def lock(name: str, text: str | None, message: str) -> Mistake:
    """Return a mistake in requirements.txt."""
    return Mistake(name=name, message=message, files={"requirements.txt": text})


def tag(name: str, line: str, message: str) -> Mistake:
    """Return a mistake in another tag."""
    return Mistake(name=name, message=message, tags=line)


def parse(name: str, attribute: str, message: str) -> Mistake:
    """Return a mistake in an attribute of pip.parse."""
    return Mistake(name=name, message=TAG + message, attributes=Mistake.attributes + ", " + attribute)


def only(name: str, attributes: str, message: str, **files: str) -> Mistake:
    """Return a mistake in the attributes of pip.parse, of which there are no others."""
    return Mistake(
        name=name, message=message, attributes=attributes, files={key.replace("_", "."): text for key, text in files.items()}
    )


ADDRESSES = [
    address("no scheme", 'index_url = "e.org/simple"', f"{TAG}index_url: 'e.org/simple' has no scheme; {EXPECTED}. To fix: https://e.org/simple."),
    address("one slash", 'index_url = "http:/e.org"', f"{TAG}index_url: 'http:/e.org' has no '//' after 'http:'; {EXPECTED}. To fix: http://e.org."),
    address("path", 'index_url = "/srv/x"', f"{TAG}index_url: '/srv/x' is a path; expected an address. To fix: file:///srv/x."),
    address("ftp", 'index_url = "ftp://e.org"', f"{TAG}index_url: 'ftp://e.org' has the scheme 'ftp', with which Bazel cannot download; {EXPECTED}."),
    address("secret", 'index_url = "me:secret@e.org"', f"{TAG}index_url: 'e.org' has no scheme; {EXPECTED}. To fix: https://e.org."),
    address("extra", 'extra_index_urls = ["e.org"]', f"{TAG}extra_index_urls: 'e.org' has no scheme; {EXPECTED}. To fix: https://e.org."),
    address("own index", 'index_url_overrides = {{"pure": "e.org"}}', f"{TAG}index_url_overrides: pure: 'e.org' has no scheme; {EXPECTED}. To fix: …"),
    address(
        "variable without envsubst",
        'index_url = "$MY_INDEX/simple"',
        f"{TAG}index_url: '$MY_INDEX/simple' has the variable MY_INDEX, which is not replaced; expected its name in envsubst. To fix: envsubst = …",
    ),
    address("find-links", 'extra_pip_args = ["--find-links", "x"]', f"{TAG}extra_pip_args: '--find-links' cannot be honoured, as pip is not run. …"),
    tag("override index", 'pip.override(hub_name = "pypi", name = "pure", index_url = "e.org")', 'MODULE.bazel: pip.override(hub_name = "pypi", name = '
        f"\"pure\"): index_url 'e.org' has no scheme; {EXPECTED}. To fix: https://e.org."),
    tag("default index", 'pip.default(index_url = "e.org")', f"MODULE.bazel: pip.default(): index_url 'e.org' has no scheme; {EXPECTED}. To fix: …"),
]  # fmt: skip

# What is told when something is fetched: `test_answers` makes all of them at once, each in a hub of its own.
ANSWERS = [
    address(
        "variable that is not set",
        'index_url = "$MY_INDEX/simple", envsubst = ["MY_INDEX"]',
        "pip.parse(hub_name = \"pypi\"): the index '$MY_INDEX/simple' needs the variable MY_INDEX, which is not set; expected it in the "
        "environment. To fix: export MY_INDEX=...",
    ),
    address(
        "variable without scheme",
        'index_url = "$MY_OTHER/simple", envsubst = ["MY_OTHER"]',
        "pip.parse(hub_name = \"pypi\"): the index '$MY_OTHER/simple' is no address once its variables are replaced; …",
        variables={"MY_OTHER": "me:secret@e.org"},
    ),
    address("environment", "", f"PIP_INDEX_URL 'e.org' has no scheme; {EXPECTED}. To fix: https://e.org.", variables={"PIP_INDEX_URL": "e.org"}),
    address("netrc", 'index_url = "{index}", netrc = "/none"', 'pip.parse(hub_name = "pypi"): netrc = "/none": no such file; expected the path of …'),
    Mistake(name="patch", message="requirements.txt:1: pure==1.0: install_patches has //:p.patch, which is not there; expected a file. To fix: make the …",
            files={"requirements.txt": "{good}"}, tags='pip.override(hub_name = "pypi", name = "pure", install_patches = ["//:p.patch"])'),
    Mistake(name="only a wheel", message="requirements.txt:1: pure==1.0: is to be built from its sdist (no_binary, from_source or pip.override use), but …",
            files={"requirements.txt": "{good}"}, attributes=Mistake.attributes + ', no_binary = ["pure"]'),
    Mistake(
        name="404",
        message="requirements.txt:1: gone==1.0: no index has 'gone' ({index}/gone/ says 404 Not Found). To fix: check the name in the lock and …",
        files={"requirements.txt": LINE.replace("pure", "gone")},
        command=("build", "--nobuild", "@pypi//gone"),
    ),
    address(
        "401",
        'index_url = "{index}/401"',
        "requirements.txt:1: pure==1.0: {index}/401/pure/ says 401 Unauthorized, and was sent no password; expected the index's page. To fix: 'machine …",
    ),
    address(
        "403 with a password",
        'index_url = "{login}/403"',
        "requirements.txt:1: pure==1.0: {index}/403/pure/ says 403 Forbidden; expected the index's page. To fix: correct user name and password in "
        'pip.parse(hub_name = "pypi"): the index.',
    ),
    address("500", 'index_url = "{index}/500"', "requirements.txt:1: pure==1.0: no index answers ({index}/500/pure/ says 500 Internal Server Error), and …"),
    address("nobody", 'index_url = "http://127.0.0.1:9"', "requirements.txt:1: pure==1.0: no index answers (http://127.0.0.1:9/pure/: [Errno 111] Conn…"),
    address("no page", 'index_url = "{index}/text"', "requirements.txt:1: pure==1.0: no index answers ({index}/text/pure/: its answer is no page of an …"),
    Mistake(name="other hashes", message="requirements.txt:1: pure==1.0: none of its locked hashes (sha256:" + ONES + ") is offered by "
            "{index}/pure/, which has pure-1.0-py3-none-any.whl with sha256:{digest}; expected one of them. To fix: find out why …"),
    lock("other version", LINE.replace("1.0", "2.0"), "requirements.txt:1: pure==2.0: {index}/pure/ has no file of that version with a sha256; …"),
]  # fmt: skip

LOCKS = [
    lock("missing", None, f"{TAG}requirements.txt: no such file; expected a lock. To fix: write it with {WRITE}, or name the file that you have."),
    lock("directory", "/", f"{TAG}requirements.txt: is a directory; expected a lock. To fix: name the file in it."),
    lock("UTF-16", "p\0u\0r\0e\0", "requirements.txt: has NUL characters, as UTF-16 has them; expected UTF-8. To fix: …"),
    lock("no hash", "pure==1.0\n", f"requirements.txt:1: pure==1.0 has no hash; expected --hash=sha256:.... To fix: lock it with hashes, {WRITE}."),
    lock("no version", f"{LINE}plain==\n", "requirements.txt:2: 'plain==': there is no version after '=='; expected for example plain==1.0."),
    lock("odd version", "mystore==:\n", "requirements.txt:1: 'mystore==:': ':' is not a version (PEP 440); expected for example mystore==1.0."),
    lock("conflict", f"{LINE}<<<<<<< HEAD\n", "requirements.txt:2: '<<<<<<< HEAD' is the mark of a merge conflict; expected name==version."),
    lock("pyproject", "[project]\n", "requirements.txt:1: '[project]' is a table of TOML, but this file is read as requirements.txt; …"),
    lock("marker", f"pure==1.0 ; pythn_version > '3' --hash=sha256:{ONES}\n", "requirements.txt:1: marker 'pythn_version > '3'' has 'pythn_version' "
         "where a variable, a string or an operator is expected; did you mean 'python_version'?"),
    lock("index", f"--index-url e.org\n{LINE}", f"requirements.txt:1: --index-url 'e.org' has no scheme; {EXPECTED}. To fix: https://e.org."),
    only("no pylock", 'pylock_toml = "//:pylock.toml"', f"{TAG}pylock.toml: no such file; expected a lock. To fix: write it with 'pip lock' or …"),
    only("no uv.lock", 'uv_lock = "//:uv.lock"', f"{TAG}uv.lock: no such file; expected a lock. To fix: write it with 'uv lock', or name the file …"),
    only("empty uv.lock", 'uv_lock = "//:uv.lock"', "uv.lock: is empty; expected a lock. To fix: write it with 'uv lock'.", uv_lock=""),
    only("broken uv.lock", 'uv_lock = "//:uv.lock"', "uv.lock: is not TOML: Invalid value (at line 1, column 11). …", uv_lock="version = = 1\n"),
    only("newer uv.lock", 'uv_lock = "//:uv.lock"', "uv.lock: version: is 9; expected 1. To fix: lock with a uv that writes version 1.", uv_lock="version = 9"),
    only("newer pylock", 'pylock_toml = "//:pylock.toml"', "pylock.toml: lock-version: is '2.0'; expected '1.0'. …", pylock_toml="lock-version = '2.0'\n"),
    only("wrong attribute", 'uv_lock = "//:requirements.txt"', f'{TAG}uv_lock = "requirements.txt": is no file of that format by its name. …'),
    only("uv.lock as requirements", 'requirements_lock = "//:uv.lock"', f'{TAG}requirements_lock = "uv.lock": is no file of that …', uv_lock="version = 1\n"),
    parse("wheels lock", 'wheels_lock = "//:wheels.lock"', "wheels_lock: wheels.lock is not there; expected a file, which may be empty. To fix: : > wheels.lock"),
    parse("pyproject.toml", 'pyproject_toml = "//:pyproject.toml"', "pyproject_toml: pyproject.toml: no such file; expected it, or python_version instead."),
    parse("extras", 'lock_extras = ["x"]', "lock_extras: requirements.txt has no extras and no dependency groups; expected pylock_toml or uv_lock."),
    Mistake(name="broken build lock", message="build-lock.json: (top): is not a JSON object; expected a build lock. …", files={"build-lock.json": "{{"},
            attributes=Mistake.attributes + ', build_requirements_lock = "//:build-lock.json"'),
]  # fmt: skip

NAMES = [
    parse("no_binary", 'no_binary = ["puer"]', "no_binary: there is no package 'puer' in requirements.txt; did you mean 'pure'?"),
    parse("all", 'no_binary = ["all"]', "no_binary: there is no package 'all' in requirements.txt; did you mean ':all:'?"),
    parse("several in one", 'only_binary = ["pure,plain"]', "only_binary: there is no package 'pure,plain' in requirements.txt; did you mean 'pure'?"),
    parse("alias", 'extra_hub_aliases = {{"puer": ["x"]}}', "extra_hub_aliases: there is no package 'puer' in requirements.txt; did you mean 'pure'?"),
    parse("annotation", 'annotations = {{"puer": "{{}}"}}', "annotations: there is no package 'puer' in requirements.txt; did you mean 'pure'?"),
    parse("cycle", 'experimental_requirement_cycles = {{"a": ["puer"]}}', "experimental_requirement_cycles: there is no package 'puer' in …"),
    parse("index of", 'index_url_overrides = {{"puer": "https://e.org"}}', "index_url_overrides: there is no package 'puer' in requirements.txt; did …"),
    parse("platform", 'target_platforms = ["linux_x86-64"]', "target_platforms: 'linux_x86-64' is not a platform; did you mean 'linux_x86_64'?"),
    tag("override", 'pip.override(hub_name = "pypi", name = "puer", deep = True)', 'MODULE.bazel: pip.override(hub_name = "pypi", name = "puer"): there '
        "is no package 'puer' in requirements.txt; did you mean 'pure'?"),
    tag("hub", 'pip.override(hub_name = "pyp", name = "pure", deep = True)', 'MODULE.bazel: pip.override(hub_name = "pyp", name = "pure"): no '
        "pip.parse makes a hub 'pyp'; did you mean 'pypi'?"),
    tag("file", 'pip.override(file = "puer-1.0-py3-none-any.whl", patches = ["//:p"])', 'MODULE.bazel: pip.override(file = "puer-1.0-py3-none-any.whl"): '
        "no hub has a package 'puer'; did you mean 'pure'?"),
    tag("default hub", 'pip.default(default_hub = "pyp")', "MODULE.bazel: pip.default(default_hub = \"pyp\"): is not a defined PyPI hub; did you mean 'pypi'?"),
    tag("variable", 'pip.default(platform = "p", env = {{"sys_platfrom": "x"}})', "MODULE.bazel: pip.default(platform = \"p\"): env has 'sys_platfrom'; did you "
        "mean 'sys_platform'?"),
    Mistake(name="macro", message="requirement(\"puer\") of @pypi: there is no such package in requirements.txt; did you mean 'pure'?",
            files={"BUILD.bazel": REQUIREMENT.format('"puer"')}, command=X),
    Mistake(name="version in macro", message='requirement("pure==1") of @pypi: expected the name alone; version and extras stand in requirements.txt. To …',
            files={"BUILD.bazel": REQUIREMENT.format('"pure==1"')}, command=X),
    Mistake(name="no text in macro", message="requirement(None) of @pypi: is a NoneType; expected the name of a package as a string.",
            files={"BUILD.bazel": REQUIREMENT.format("None")}, command=X),
    Mistake(name="package of Windows", message="@@…//winonly:_left_out: winonly is locked for other platforms or Pythons only: requirements.txt:2 has "
            "sys_platform == 'win32'; that does not hold for Python …",
            files={"requirements.txt": f"{LINE}winonly==1.0 ; sys_platform == 'win32' --hash=sha256:{ONES}\n", "BUILD.bazel": REQUIREMENT.format('"winonly"')},
            command=X),
]  # fmt: skip

TAGS = [
    parse("Python 3.8", 'python_version = "3.8"', "python_version is '3.8'; wheels are built for CPython 3.9 and newer; expected one of these. …"),
    parse("Python 3", 'python_version = "3"', "python_version is '3'; expected for example 3.12."),
    parse("pre-release", 'python_version = "3.14.0rc1"', "python_version is '3.14.0rc1'; expected for example 3.12. To fix: python_version = \"3.14\"."),
    parse("Python's tag", 'python_version = "cp314"', "python_version is 'cp314'; expected for example 3.12. To fix: python_version = \"3.14\"."),
    parse("both", 'no_binary = ["pure"], only_binary = ["pure"]', "no_binary and only_binary both have 'pure'; expected it in one of them."),
    parse("two locks", 'uv_lock = "//:uv.lock"', "has both uv_lock and requirements_lock; expected one lock."),
    only("no lock", "", f"{TAG}has no lock; expected one of requirements_lock, …"),
    parse("interpreter", 'python_interpreter = "python9"', "python_interpreter 'python9' is not there; expected a program on PATH, or an absolute path."),
    tag("twice", f'pip.parse(hub_name = "pypi", {LOCK})', f"{TAG}is given 2 times; expected a python_version in each: one hub has one lock per Python."),
    tag("no name", f"pip.parse({LOCK})", 'MODULE.bazel: pip.parse(): hub_name is empty; expected the name of a repository. To fix: hub_name = "pypi".'),
    tag("bad name", f'pip.parse(hub_name = "my pypi", {LOCK})', 'MODULE.bazel: pip.parse(hub_name = "my pypi"): is no name of a repository; expected …'),
    tag("nothing", 'pip.override(hub_name = "pypi", name = "pure")', 'MODULE.bazel: pip.override(hub_name = "pypi", name = "pure"): sets nothing; …'),
    tag("negative", 'pip.override(hub_name = "pypi", name = "pure", cpus = -1)', 'MODULE.bazel: pip.override(hub_name = "pypi", name = "pure"): cpus is -1; …'),
    tag("override twice", 'pip.override(hub_name = "pypi", name = "pure", deep = True)\n' * 2, 'MODULE.bazel: pip.override(hub_name = "pypi", name = "pure"): is '
        "given twice; expected one override per package."),
    tag("whl_mods", 'pip.whl_mods(hub_name = "pypi", whl_name = "pure")', 'MODULE.bazel: pip.whl_mods(hub_name = "pypi"): pip.parse makes a hub of that name; …'),
    parse("whl_modifications", 'whl_modifications = {{"@mods//:puer.json": "pure"}})\npip.whl_mods(hub_name = "mods", whl_name = "pure")\nuse_repo(pip, "mods"',
          "whl_modifications: @mods//:puer.json is no file of a pip.whl_mods tag; did you mean 'pure'?"),
    Mistake(name="no pip.parse", message="MODULE.bazel: there is no pip.parse, so no hub has any package; expected one. To fix: …", attributes="-"),
]  # fmt: skip

MISTAKES = [*ADDRESSES, *LOCKS, *NAMES, *TAGS]
