"""The spoke: a repository for one locked distribution, with its archive and the targets that are made of it.

Phase: repository. Bazel fetches it lazily: only what a build needs.
In: name, version and hashes from a lock. Out: the archive under its canonical name and a generated BUILD file.
"""

load("//python/private/install:labels.bzl", "read_label")
load("//python/private/install:unpack.bzl", "has_labels", "ignored_pth_files", "unpack_wheel")
load("//python/private/spec:core_metadata.bzl", "extras_of", "first", "harmless", "has_certain_dependencies")
load(":archive.bzl", "read_archive")
load(":direct_fetch.bzl", "fetch_git", "fetch_path", "fetch_url")
load(":distribution_attrs.bzl", "DISTRIBUTION_ATTRS")
load(":download.bzl", "describe")
load(":file_patches.bzl", "place_file_patches")
load(":index_fetch.bzl", "fetch_from_index")
load(":index_settings.bzl", "index_settings")
load(":repository_build.bzl", "build_in_repository")
load(":repository_rust.bzl", "rust_facts")
load(":siblings.bzl", "write_facts")
load(":spoke_build.bzl", "built_build_file", "sdist_build_file", "wheel_build_file")
load(":spoke_settings.bzl", "build_settings", "installed_settings", "version_variables", "wheel_setting_error")

visibility(["//python/...", "//tests/starlark/..."])

def _wanted(attr, settings):
    return struct(
        files = json.decode(attr.files) if attr.files else [],
        hashes = attr.hashes,
        name = attr.distribution,
        use = settings.get("use", ""),
        version = attr.version,
        where = attr.where,
    )

def _fetch(rctx, wanted):
    """Fetches the archive; returns struct(archive, digest, file, packed)."""
    source = rctx.attr.source
    if source == "git":
        return fetch_git(rctx, wanted)
    if source == "path":
        return fetch_path(rctx, wanted)
    if source == "url":
        return fetch_url(rctx, wanted, index_settings(rctx))
    return fetch_from_index(rctx, wanted, index_settings(rctx))

def _dependencies(attr, archive):
    """Gives struct(requires_dist, provides_extra, certain, exact), from the build lock, else the archive, else the lock.

    A requirements lock has only the edges that its resolver has followed. They are enough for targets. They are not what METADATA
    will say.
    """
    locked = json.decode(attr.locked) if attr.locked else {}
    if not archive.is_wheel and "requires_dist" in locked:
        return struct(certain = True, exact = True, provides_extra = locked.get("provides_extra", []), requires_dist = locked["requires_dist"])
    if archive.is_wheel or has_certain_dependencies(archive.fields):
        return struct(
            certain = True,
            exact = True,
            provides_extra = archive.fields.get("provides-extra", []),
            requires_dist = archive.fields.get("requires-dist", []),
        )
    known = json.decode(attr.requires_dist) if attr.requires_dist else []
    return struct(certain = bool(attr.requires_dist), exact = False, provides_extra = extras_of(known), requires_dist = known)

def _library_edges(attr, dependencies):
    """Gives what the targets depend on: what a uv.lock says, as its overrides and exclusions are not in the metadata."""
    if not attr.locked_edges:
        return dependencies
    return struct(certain = True, provides_extra = dependencies.provides_extra, requires_dist = json.decode(attr.requires_dist))

def _expected(attr, dependencies):
    """Gives the metadata that the built wheel must have, as JSON; empty if nothing is known for certain."""
    if not dependencies.exact:
        return ""
    expected = {"requires_dist": dependencies.requires_dist}
    if attr.locked and "provides_extra" in json.decode(attr.locked):
        expected["provides_extra"] = dependencies.provides_extra
    top_level = json.decode(attr.locked).get("top_level") if attr.locked and not attr.patches else None
    if top_level:
        expected["top_level"] = top_level
    return json.encode(expected)

def _additions(rctx, settings):
    texts = [settings.get("additive_build_content", "")]
    if rctx.attr.additive_build_content_file:
        texts.append(read_label(rctx, rctx.attr.additive_build_content_file, "additive_build_content_file"))
    return [text for text in texts if text.strip()]

def _facts(rctx, fetched, settings):
    """Collects the values for the BUILD file, as a dict."""
    attr = rctx.attr
    dependencies = _dependencies(attr, fetched.archive)
    locked = json.decode(attr.locked) if attr.locked else {}
    version = attr.version or first(fetched.archive.fields, "version")
    if fetched.archive.is_wheel:
        entry_points = fetched.archive.entry_points
    else:
        entry_points = {group: names for group, names in locked.get("entry_points", {}).items() if group in ["console_scripts", "gui_scripts"]}
        variables = version_variables(attr.distribution, version) if fetched.packed and version else {}
        settings = build_settings(
            settings,
            json.decode(attr.locked_settings) if attr.locked_settings else {},
            variables,
            locked.get("host_tools", []),
        )
    return dict(
        additions = _additions(rctx, settings),
        attr = attr,
        dependencies = _library_edges(attr, dependencies),
        digest = fetched.digest,
        entry_points = entry_points,
        expected = "" if fetched.archive.is_wheel else _expected(attr, dependencies),
        file = fetched.file,
        patches = [str(patch) for patch in attr.patches],
        rust = None if fetched.archive.is_wheel else rust_facts(locked, attr.crates),
        settings = settings,
        unpacked = None,
        version = version,
        wheel_name = fetched.file if fetched.archive.is_wheel else "",
    )

def _unpack(rctx, wanted, archive, settings):
    """Installs a wheel into the repository; returns what `unpack_wheel` does. None: an action will install it, into a tree.

    A build requirement is needed as a wheel alone. Files that can be no labels are only possible in a tree.
    """
    if rctx.attr.filename or not has_labels(archive.wheel.files, native.bazel_version):
        rctx.delete(archive.tree)
        return None
    unpacked = unpack_wheel(rctx, archive.wheel, archive.tree, archive.entry_points, settings)
    if unpacked.error:
        fail("{}: {}. To fix: {}.".format(describe(wanted), harmless(unpacked.error), unpacked.tip))
    for name in ignored_pth_files(archive.wheel):
        # buildifier: disable=print
        print(harmless("WARNING {}=={}: {} is not run: its folder is no site directory".format(wanted.name, first(archive.fields, "version"), name)))
    return unpacked

def _build_here(rctx, wanted, known):
    """Builds the wheel now; returns the BUILD file and the wheel's path."""
    facts = struct(**known)
    wheel = build_in_repository(rctx, struct(
        build_requirements = rctx.attr.build_requirements,
        expected = facts.expected,
        name = rctx.attr.distribution,
        patches = facts.patches,
        platform = rctx.attr.platform,
        python_version = rctx.attr.python_version,
        rust = facts.rust,
        sdist = facts.file,
        settings = facts.settings,
        version = facts.version,
        where = rctx.attr.where,
    ))
    built = read_archive(rctx, wanted, wheel)
    fields = known | {
        "dependencies": _library_edges(rctx.attr, _dependencies(rctx.attr, built)),
        "entry_points": built.entry_points,
        "unpacked": _unpack(rctx, wanted, built, installed_settings(facts.settings, "")),
        "wheel_name": wheel.split("/")[-1],
    }
    return built_build_file(struct(**fields), wheel), wheel

def _distribution_impl(rctx):
    attr = rctx.attr
    settings = json.decode(attr.settings) if attr.settings else {}
    wanted = _wanted(attr, settings)
    fetched = _fetch(rctx, wanted)
    known = _facts(rctx, fetched, place_file_patches(rctx, settings, fetched.file if fetched.archive.is_wheel else ""))
    facts = struct(**known)
    if not facts.version:
        fail("{}: {} does not say its version; expected one in the lock. To fix: {}".format(attr.where, attr.distribution, attr.relock))
    wheel = fetched.file if fetched.archive.is_wheel else ""
    built = not wheel and attr.build_phase == "fetch" and attr.locked
    if wheel:
        error = wheel_setting_error(settings, attr.patches, wheel)
        if error:
            fail("{}: {}".format(describe(wanted), error))
        known["unpacked"] = _unpack(rctx, wanted, fetched.archive, installed_settings(facts.settings, wheel))
        content = wheel_build_file(struct(**known))
    elif built:
        content, wheel = _build_here(rctx, wanted, known)
    else:
        content = sdist_build_file(facts)
    rctx.file("BUILD.bazel", content, executable = False)
    write_facts(
        rctx,
        build_requirements = attr.build_requirements,
        expected = facts.expected,
        name = attr.distribution,
        patches = facts.patches,
        rust = facts.rust,
        sdist = "" if fetched.archive.is_wheel else facts.file,
        settings = facts.settings,
        version = facts.version,
        wheel = wheel,
        where = attr.where,
    )

    # Not reproducible: a wheel that was built here depends on this host's tools, and folders of the workspace change.
    reproducible = not built and attr.source != "path"
    return rctx.repo_metadata(reproducible = reproducible) if hasattr(rctx, "repo_metadata") else None

distribution = repository_rule(
    implementation = _distribution_impl,
    attrs = DISTRIBUTION_ATTRS,
    doc = "Fetches one locked distribution by hash.",
)
