"""The texts of a hub's `config.bzl` and `requirements.bzl`.

Phase: repository (pure functions).
In: the variants and what they have. Out: texts.
"""

load("//python/private/choice:dep_groups.bzl", "DEP_GROUP_SETTING", "NO_GROUP")
load(":build_files.bzl", "GENERATED", "folder_name")

visibility(["//python/...", "//tests/starlark/..."])

_CONFIG_TMPL = """\
\"\"\"{generated}\"\"\"

# Names of the packages: the folders of this repository.
packages = {packages}

# What the distributions' BUILD files need to know of each other.
{hubs}
"""

_HUB_TMPL = """\
struct(
    enable_implicit_namespace_pkgs = {implicit_namespaces},
    environment = {environment},
    host_fingerprints = {host_fingerprints},
    name = "{name}",
    packages = {packages},
    python_version = "{python_version}",
    targets = {targets},
    unlocked = {unlocked},
    wheels_lock = {wheels_lock},
)"""

_REQUIREMENTS_TMPL = """\
\"\"\"{generated}\"\"\"

load("@rules_reprowheel//python:generated_names.bzl", "requirement_error")

_PACKAGES = {{name: None for name in {packages}}}

_EVERYWHERE = {everywhere}

_REPLACED = {replaced}

_REPOSITORIES = {repositories}

def _clean(name, macro = "requirement"):
    error = requirement_error(macro, "{name}", "{lock}", name, _PACKAGES)
    if error:
        fail(error)
    clean = name.lower().replace("-", "_").replace(".", "_")
    for _ in range(len(clean)):
        clean = clean.replace("__", "_")
    return clean

def _label(name, target, macro = "requirement"):
    return str(Label("//{{}}:{{}}".format(_clean(name, macro), target)))

def requirement(name):
    return _label(name, "pkg")

def whl_requirement(name):
    return _label(name, "whl", "whl_requirement")

def data_requirement(name):
    return _label(name, "data", "data_requirement")

def dist_info_requirement(name):
    return _label(name, "dist_info", "dist_info_requirement")

def entry_point(pkg, script = None):
    repository = _REPOSITORIES.get(_clean(pkg, "entry_point"))
    if not repository:
        fail(("entry_point {{}}: @{name} does not have it in one repository; expected a hub for one Python and platform. " +
              "To fix: py_console_script_binary of rules_python.").format(pkg))
    return str(Label("@{{}}//:bin/{{}}".format(repository, script or pkg)))

all_requirements = [requirement(name) for name in _EVERYWHERE]

all_whl_requirements_by_package = {{name: whl_requirement(name) for name in _EVERYWHERE if name not in _REPLACED}}

all_whl_requirements = all_whl_requirements_by_package.values()

all_whl_file_requirements = [_label(name, "whl_file") for name in _EVERYWHERE if name not in _REPLACED]

all_data_requirements = [data_requirement(name) for name in _EVERYWHERE if name not in _REPLACED]
"""

def _text(value):
    return json.encode_indent(value, indent = "    ")

def _hub_struct(hub_name, variant, fingerprints, targets, wheels_lock):
    return _HUB_TMPL.format(
        environment = json.encode_indent(variant.environment, prefix = "    ", indent = "    "),
        host_fingerprints = json.encode_indent(fingerprints, prefix = "    ", indent = "    "),
        implicit_namespaces = variant.implicit_namespaces,
        name = hub_name,
        packages = json.encode_indent(variant.packages, prefix = "    ", indent = "    "),
        python_version = variant.environment["python_version"],
        targets = json.encode_indent(targets, prefix = "    ", indent = "    "),
        unlocked = json.encode(variant.unlocked),
        wheels_lock = json.encode(wheels_lock),
    )

def config_file(hub_name, variants, fingerprints, targets, wheels_lock = ""):
    """Writes `config.bzl`.

    Args:
      hub_name: (str) the hub.
      variants: (list[struct]) from `resolve_variants`.
      fingerprints: (dict[str, str]) of host libraries and headers.
      targets: (dict[str, str]) normalized name to the label that takes its place.
      wheels_lock: (str) the file that built wheels are compared with, for messages; empty for none.

    Returns:
      (str) the file's content: `HUB` for the variant without an id, `HUBS` for the others.
    """
    structs = [_hub_struct(hub_name, variant, fingerprints, targets, wheels_lock) for variant in variants]
    only = ["HUB = " + text for variant, text in zip(variants, structs) if not variant.id]
    more = ["\n    \"{}\": {},".format(variant.id, text) for variant, text in zip(variants, structs) if variant.id]
    hubs = "\n\n".join(only + (["HUBS = {" + "".join(more) + "\n}"] if more else []))
    return _CONFIG_TMPL.format(generated = GENERATED, hubs = hubs, packages = _text([folder_name(name) for name in package_names(variants)]))

def package_names(variants):
    """Gives the names that at least one variant has.

    Args:
      variants: (list[struct]) from `resolve_variants`.

    Returns:
      (list[str]) normalized names, sorted.
    """
    return sorted({name: None for variant in variants for name in variant.packages})

def _only_repositories(variants):
    """Gives the repositories of the packages that have one, whatever the configuration is."""
    if [variant for variant in variants if variant.condition and (variant.condition.constraints or variant.condition.flags.keys() != [DEP_GROUP_SETTING])]:
        return {}
    found = {}
    for variant in variants:
        for name, repository in variant.packages.items():
            found.setdefault(name, {})[repository] = None
    return {name: repositories.keys()[0] for name, repositories in found.items() if len(repositories) == 1}

def requirements_file(hub_name, variants, targets, left_out = [], lock = "its lock"):
    """Writes `requirements.bzl`.

    Args:
      hub_name: (str) the hub.
      variants: (list[struct]) from `resolve_variants`.
      targets: (dict[str, str]) normalized name to the label that takes its place.
      left_out: (list[str]) names that no variant has, although a lock has them.
      lock: (str) the lock, for messages.

    Returns:
      (str) the file's content.
    """
    names = package_names(variants)
    asked = [variant for variant in variants if variant.dep_group in ["", NO_GROUP]]
    everywhere = [name for name in names if not [variant for variant in asked if name not in variant.packages]]
    only = _only_repositories(variants)
    return _REQUIREMENTS_TMPL.format(
        everywhere = _text([folder_name(name) for name in everywhere]),
        generated = GENERATED,
        lock = lock,
        name = hub_name,
        packages = _text([folder_name(name) for name in sorted(names + left_out)]),
        replaced = _text([folder_name(name) for name in names if name in targets]),
        repositories = _text({folder_name(name): repository for name, repository in sorted(only.items()) if repository}),
    )
