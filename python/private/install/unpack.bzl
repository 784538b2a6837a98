"""Installs a fetched wheel into its repository: files in `site-packages`, `bin`, `include` and `data`.

Phase: repository.
In: a wheel that Bazel has unpacked. Out: its files in place, compared with RECORD; a RECORD of what is there.

No Python runs here. The files are those that the helper's `install` makes of the same wheel, byte for byte.
"""

load(":digests.bzl", "digests_of_files", "digests_of_folders", "known_algorithm")
load(":globs.bzl", "any_glob_matches")
load(":labels.bzl", "read_label")
load(":layout.bzl", "INSTALLED_FOLDERS", "SITE", "layout_commands", "plan_layout")
load(":members.bzl", "checked_members", "find_data", "find_dist_info", "folders_of")
load(":namespaces.bzl", "NAMESPACE_INIT", "joining_inits", "namespace_inits")
load(":patch_files.bzl", "patched_files")
load(":record.bzl", "base64_digest", "digest_algorithms", "parse_record", "record_error", "record_text")
load(":scripts.bzl", "entry_point_scripts", "with_shebang")
load(":zip_directory.bzl", "read_directory")

visibility(["//python/...", "//tests/starlark/..."])

# Where the scripts of entry points are. `bin/<script>` is the label of a program, so no file may have that label.
SCRIPTS = "scripts"

_SECONDS = 3600
_PATCH_TIP = "make the patch again for this version of the package; it may hold the change already, or need another patch_strip"
_COMMANDS = "_layout.sh"
_INSTALLER = "reprowheel\n"
_LABEL_LETTERS = "!%-@^_\"#$&'()*+,;<=>?[]{|}~/."
_SPACES_SINCE = (7, 4)  # before, no file in runfiles could have one
_NAMESPACE_PTH = "-nspkg.pth"

def open_wheel(rctx, file, filename, project):
    """Reads which files a wheel has, and checks them, before it is unpacked.

    Args:
      rctx: the repository context.
      file: (str) path in the repository.
      filename: (str) the wheel's, for messages.
      project: (str) normalized name of the distribution.

    Returns:
      (struct) `filename`, `files` (dict from name to struct), `folders`, `dist_info`, `data`, `error` (message or empty).
    """
    checked = checked_members(read_directory(rctx, file), filename)
    dist_info, error = ("", checked.error) if checked.error else find_dist_info(checked.files, filename, project)
    return struct(
        data = find_data(checked.files, dist_info) if dist_info else "",
        dist_info = dist_info,
        error = error,
        filename = filename,
        files = checked.files,
        folders = checked.folders,
    )

def takes_spaces(bazel_version):
    """Says whether this Bazel takes files with spaces in their names as runfiles.

    Args:
      bazel_version: (str) of `native`; empty for a Bazel that does not know its version.

    Returns:
      (bool) whether it does.
    """
    numbers = [int(part) for part in bazel_version.split(".")[:2] if part.isdigit()]
    return len(numbers) < 2 or (numbers[0], numbers[1]) >= _SPACES_SINCE

def has_labels(files, bazel_version):
    """Says whether each file of a wheel can be a label. BUILD files would begin packages of their own.

    Names outside of ASCII depend on the locale of the Bazel server: Bazel may unpack them under other names.

    Args:
      files: (dict) names.
      bazel_version: (str) of `native`.

    Returns:
      (bool) whether each can.
    """
    letters = _LABEL_LETTERS + (" " if takes_spaces(bazel_version) else "")
    for name in files:
        if name.rpartition("/")[2] in ["BUILD", "BUILD.bazel"]:
            return False
        if [char for char in name.elems() if char >= "\177" or not (char.isalnum() or char in letters)]:
            return False
    return True

def _place_files(rctx, wheel, plan, tree):
    """Moves the unpacked files to their places."""
    commands = ["set -e", "mv {} {}".format(tree, SITE)] + layout_commands(wheel.files, wheel.data, plan.executable)
    rctx.file(_COMMANDS, "\n".join(commands) + "\n", executable = False, legacy_utf8 = False)
    run = rctx.execute(["sh", _COMMANDS], timeout = _SECONDS)
    rctx.delete(_COMMANDS)
    return "" if run.return_code == 0 else "{}: its files cannot be put in place: {}".format(wheel.filename, run.stderr.strip())

def _existing_folders(rctx):
    return [folder for folder in INSTALLED_FOLDERS if rctx.path(folder).exists]

def _compare(rctx, wheel, plan):
    """Compares the files with RECORD; returns (message or empty, sha256 by place)."""
    record = "{}/RECORD".format(wheel.dist_info)
    rows, error = parse_record(rctx.read(plan.places[record], watch = "no"))
    if error:
        return "{file}: damaged: Unable to retrieve `RECORD` from {file}: {error}".format(error = error, file = wheel.filename), {}
    digests = {}
    found = digests_of_folders(rctx, "sha256", _existing_folders(rctx))
    unexpected = [place for place in plan.places.values() if place not in found]
    if unexpected or len(found) != len(plan.places):
        return "{}: damaged: what is unpacked is not what its directory says ({})".format(
            wheel.filename,
            (unexpected or sorted([place for place in found if place not in {other: None for other in plan.places.values()}]))[0],
        ), {}
    for algorithm, names in digest_algorithms(rows, wheel.files).items():
        if not known_algorithm(algorithm):
            return "{}: RECORD: '{}' has a digest by '{}'; expected sha256".format(wheel.filename, names[0], algorithm[:40]), {}
        places = [plan.places[name] for name in names]
        of_places = found if algorithm == "sha256" else digests_of_files(rctx, algorithm, places)
        digests[algorithm] = {name: of_places[place] for name, place in zip(names, places)}
    return record_error(rows, wheel.files, wheel.dist_info, digests, wheel.filename), found

def _remove(rctx, wheel, plan, kept):
    """Removes what is not kept: files, and folders that have none."""
    needed = {SITE: None}
    for place in kept:
        if place.rpartition("/")[0] not in needed:
            needed.update({folder: None for folder in folders_of(place)})
    folders = {"{}/{}".format(SITE, name): None for name in wheel.folders if not (wheel.data and (name + "/").startswith(wheel.data + "/"))}
    for place in plan.places.values():
        if place.rpartition("/")[0] not in folders:
            folders.update({folder: None for folder in folders_of(place)})
    for folder in sorted(folders):
        if folder not in needed and folder not in kept and ("/" not in folder or folder.rpartition("/")[0] in needed):
            rctx.delete(folder)
    for place in plan.places.values():
        if place not in kept and place not in needed and place.rpartition("/")[0] in needed:
            rctx.delete(place)

def _rewrite_scripts(rctx, wheel, plan):
    """Gives the scripts of the wheel the first line of installed ones; returns dict from place to size."""
    changed = {}
    for name, place in plan.places.items():
        if place.startswith("bin/") and name.startswith(wheel.data + "/"):
            text = with_shebang(rctx.read(place, watch = "no"))
            if text != None:
                rctx.file(place, text, executable = True, legacy_utf8 = False)
                changed[place] = len(text)
    return changed

def _read_patches(rctx, labels):
    """Reads the patches; those of the repository itself begin with `:`."""
    return [
        (label.rpartition(":")[2].rpartition("/")[2], rctx.read(label[1:]) if label.startswith(":") else read_label(rctx, label, "install_patches"))
        for label in labels
    ]

def _patch(rctx, kept, executable, settings):
    """Applies patches to the files in site-packages; returns (changed places with their sizes, message)."""
    if not settings.get("install_patches"):
        return {}, ""
    folders = {folder: None for place in kept for folder in folders_of(place)}
    files, error = patched_files(
        _read_patches(rctx, settings["install_patches"]),
        settings.get("install_patch_strip", 0),
        exists = lambda path: "file" if "{}/{}".format(SITE, path) in kept else ("folder" if "{}/{}".format(SITE, path) in folders else ""),
        read = lambda path: struct(
            data = rctx.read("{}/{}".format(SITE, path), watch = "no"),
            executable = "{}/{}".format(SITE, path) in executable,
        ),
    )
    for path, file in files.items():
        if not file:
            rctx.delete("{}/{}".format(SITE, path))
            kept.pop("{}/{}".format(SITE, path), None)
    changed = {}
    for path, file in sorted(files.items()):
        place = "{}/{}".format(SITE, path)
        if file:
            rctx.file(place, file.data, executable = file.executable, legacy_utf8 = False)
            changed[place] = len(file.data)
            executable.pop(place, None)
            if file.executable:
                executable[place] = None
    return changed, error

def _excluded(places, settings):
    """Gives the places that the user's globs leave out."""
    found = {}
    for place in places:
        globs = settings.get("srcs_exclude_glob" if place.endswith(".py") else "data_exclude_glob", [])
        if globs and place.startswith(SITE + "/") and any_glob_matches(globs, place):
            found[place] = None
    return found

def _row_path(place):
    return place[len(SITE) + 1:] if place.startswith(SITE + "/") else "../" + place

def _finish(rctx, sizes, sources, executable, record, sha256):
    """Writes RECORD, with the digests of files that were written here, and fixes their modes, which depend on the umask."""
    for source, digest in digests_of_files(rctx, "sha256", sources.keys()).items():
        sha256[sources[source]] = digest
    rows = {_row_path(place): ("sha256=" + base64_digest(sha256[place]), str(size)) for place, size in sizes.items()}
    if record in sizes:
        rows[_row_path(record)] = ("", "")
    rctx.file(record, record_text(rows), executable = False, legacy_utf8 = False)
    run = [source for source, place in sources.items() if place in executable]
    for mode, files in [("0755", run), ("0644", [source for source in sources if source not in run] + [record])]:
        if files:
            rctx.execute(["chmod", mode] + files)

def _install(rctx, wheel, plan, settings, scripts, sha256):
    """Makes the changes; returns what `unpack_wheel` does."""
    meta = "{}/{}/".format(SITE, wheel.dist_info)
    executable = {place: None for place in plan.executable} | {"bin/" + name: None for name in scripts}
    sizes = {place: wheel.files[name].size for name, place in plan.places.items() if place not in plan.left_out}
    changed = _rewrite_scripts(rctx, wheel, plan)
    rctx.file(meta + "INSTALLER", _INSTALLER, executable = False)
    changed[meta + "INSTALLER"] = len(_INSTALLER)
    sizes.update(changed)
    patched, error = _patch(rctx, sizes, executable, settings)
    if error:
        return _unpack_error(error, _PATCH_TIP)
    changed = {place: size for place, size in (changed | patched).items() if place in sizes or place in patched}
    sizes.update(changed)
    excluded = _excluded(sizes, settings)
    hidden = [place for place in excluded if place.startswith(meta)]
    _remove(rctx, wheel, plan, {place: None for place in sizes if place not in excluded or place.startswith(meta)})
    sizes = {place: size for place, size in sizes.items() if place not in excluded}
    inits = [] if settings.get("hub_implicit_namespaces") else namespace_inits(sizes)
    for init in inits:
        rctx.file(init, NAMESPACE_INIT, executable = False)
        changed[init] = len(NAMESPACE_INIT)
    sources = {place: place for place in changed if place not in excluded or place in hidden}
    for name, text in scripts.items():
        rctx.file("{}/{}".format(SCRIPTS, name), text, executable = True, legacy_utf8 = False)
        sources["{}/{}".format(SCRIPTS, name)] = "bin/" + name
        sizes["bin/" + name] = len(text)
    sizes.update({init: changed[init] for init in inits})
    _finish(rctx, sizes, sources, executable, meta + "RECORD", sha256)
    joined = joining_inits({place: None for place in sizes if place not in inits}, lambda place: rctx.read(place, watch = "no"))
    return struct(error = "", hidden = sorted(hidden), inits = inits, joined = joined, scripts = sorted(scripts), tip = "")

def unpack_wheel(rctx, wheel, tree, entry_points, settings):
    """Installs a wheel that has been unpacked.

    Args:
      rctx: the repository context.
      wheel: (struct) of `open_wheel`.
      tree: (str) the folder that the wheel was unpacked into; it becomes `site-packages`.
      entry_points: (dict[str, dict[str, str]]) groups as in `entry_points.txt`.
      settings: (dict) of the library.

    Returns:
      (struct) `error`: message or empty; `tip`: what to do about it; `scripts`: names of entry points; `hidden`: files of the metadata that the library leaves out;
      `inits`: files that make folders regular packages; `joined`: those of the wheel that join the parts of a namespace themselves.
    """
    plan = plan_layout(wheel.files, wheel.dist_info, wheel.data)
    scripts, error = entry_point_scripts(entry_points)
    error = error or plan.error
    for name in scripts:
        if "bin/" + name in plan.places.values():
            error = error or "bin/{} would be installed twice".format(name)
    if error:
        return _unpack_error("{}: {}".format(wheel.filename, error))
    error = _place_files(rctx, wheel, plan, tree)
    if error:
        return _unpack_error(error)
    error, sha256 = _compare(rctx, wheel, plan)
    if error:
        return _unpack_error(error)
    return _install(rctx, wheel, plan, settings, scripts, sha256)

def _unpack_error(error, tip = "lock another file"):
    return struct(error = error, hidden = [], inits = [], joined = [], scripts = [], tip = tip)

def ignored_pth_files(wheel):
    """Names the `.pth` files that have no effect, because Python reads them in site directories only.

    Args:
      wheel: (struct) of `open_wheel`.

    Returns:
      (list[str]) names, sorted. Files that only declare namespace packages are left out.
    """
    return sorted([name for name in wheel.files if "/" not in name and name.endswith(".pth") and not name.endswith(_NAMESPACE_PTH)])
