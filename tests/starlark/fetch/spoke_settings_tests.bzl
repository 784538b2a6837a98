"""Tests of //python/private/fetch:spoke_settings.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/fetch:spoke_settings.bzl", "build_settings", "installed_settings", "version_variables", "wheel_setting_error")

def _wheel_test_impl(ctx):
    """Settings of a build are refused for a wheel, whatever their type; settings of the library are not."""
    env = unittest.begin(ctx)
    unset = {"build_env": {}, "cpus": 0, "deep": False, "epoch": -1, "patch_strip": 0, "use": "wheel"}
    asserts.equals(env, "", wheel_setting_error(unset | {"data": ["x"], "hub_build_env": {"A": "b"}}, [], "foo.whl"))
    asserts.equals(
        env,
        "pip.override sets deep, epoch, patches, but foo.whl is taken, which is not built; expected an sdist. To fix: " +
        "pip.override(use = \"sdist\"), or remove the settings.",
        wheel_setting_error(unset | {"deep": True, "epoch": 0}, ["//:a.patch"], "foo.whl"),
    )
    asserts.true(env, wheel_setting_error({"build_phase": "fetch"}, [], "foo.whl").endswith("or remove the setting."))
    for key in ["build_env", "build_options", "config_settings", "global_options", "host_headers", "host_libraries", "host_tools", "native_deps", "build_requirements"]:
        asserts.true(env, key in wheel_setting_error({key: ["x"]}, [], "foo.whl"), key)
    return unittest.end(env)

wheel_test = unittest.make(_wheel_test_impl)

def _merge_test_impl(ctx):
    """What the hub and the lock say for all comes first; pip.override wins."""
    env = unittest.begin(ctx)
    built = build_settings(
        {
            "build_env": {"A": "mine"},
            "config_settings": {"k": ["mine"]},
            "global_options": ["mine"],
            "hub_build_env": {"A": "hub", "B": "hub"},
        },
        {"build_options": ["lock"], "config_settings": {"k": ["lock"], "l": ["lock"]}, "global_options": ["lock"]},
    )
    asserts.equals(env, (["lock"], ["mine"]), (built["build_options"], built["global_options"]))
    asserts.equals(env, {"A": "mine", "B": "hub"}, built["build_env"])
    told = build_settings({"build_env": {"PBR_VERSION": "9"}}, {}, version_variables("a-b", "1.0"))["build_env"]
    asserts.equals(env, "9", told["PBR_VERSION"])
    asserts.equals(env, "1.0", told["SETUPTOOLS_SCM_PRETEND_VERSION_FOR_A_B"])
    asserts.equals(env, {"k": ["mine"], "l": ["lock"]}, built["config_settings"])
    asserts.equals(env, ["git", "a", "/b"], build_settings({"host_tools": ["a", "git", "/b"]}, {}, {}, ["git"])["host_tools"])
    asserts.false(env, "host_tools" in built)
    settings = {
        "data_exclude_glob": ["b"],
        "file_patches": {"foo.whl": {"patch_strip": 1, "patches": ["//:a.patch"]}},
        "hub_data_exclude_glob": ["a"],
        "install_patches": ["//:b.patch"],
    }
    found = installed_settings(settings, "foo.whl")
    asserts.equals(env, ["a", "b"], found["data_exclude_glob"])
    asserts.equals(env, ["//:a.patch", "//:b.patch"], found["install_patches"])
    asserts.equals(env, 1, found["install_patch_strip"])
    asserts.equals(env, ["//:b.patch"], installed_settings(settings, "bar.whl")["install_patches"])
    return unittest.end(env)

merge_test = unittest.make(_merge_test_impl)

def spoke_settings_test_suite(name):
    unittest.suite(name, wheel_test, merge_test)
