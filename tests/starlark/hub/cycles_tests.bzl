"""Tests of //python/private/hub:cycles.bzl."""

load("@bazel_skylib//lib:unittest.bzl", "asserts", "unittest")

# buildifier: disable=bzl-visibility  (the subject of the tests)
load("//python/private/hub:cycles.bzl", "marker_extras", "reachable_edges", "requirement_edges", "strong_components")

# @unsorted-dict-items
_MARKERS = {
    "": None,
    "\"x\" == extra": ["x"],
    "(extra == 'a' and os_name == 'nt') or (extra == 'b')": ["a", "b"],
    "(os_name == 'nt' or os_name == 'posix') and extra == 'A_b'": ["a-b"],
    "(os_name == 'nt' or extra == 'x')": None,
    "extra != 'x'": None,
    "extra == 'x'": ["x"],
    "extra == \"x\" and python_version < '3'": ["x"],
    "extra in 'x y'": None,
    "os_name == 'nt'": None,
    "os_name == 'nt' and extra=='x'": ["x"],
    "os_name == 'nt' or extra == 'x'": None,
}

def _markers_test_impl(ctx):
    """An edge belongs to extras only where its marker cannot hold without one of them."""
    env = unittest.begin(ctx)
    for marker, extras in _MARKERS.items():
        asserts.equals(env, extras, marker_extras(marker), marker)
    return unittest.end(env)

markers_test = unittest.make(_markers_test_impl)

def _graph(text):
    """Makes a graph of a text such as `ab bc ca`."""
    graph = {}
    for edge in text.split(" "):
        graph.setdefault(edge[0], {})
        for other in edge[1:].elems():
            graph.setdefault(other, {})
            graph[edge[0]][other] = None
    return graph

def _reaches(graph, start):
    found = {}
    for _ in graph:
        for name in [start] + found.keys():
            found.update(graph[name])
    return found

def _brute_components(graph):
    """The definition, slowly: names that reach each other."""
    reach = {name: _reaches(graph, name) for name in graph}
    groups = {}
    for name in graph:
        members = sorted([other for other in graph if other == name or (other in reach[name] and name in reach[other])])
        if len(members) > 1:
            groups[tuple(members)] = None
    return sorted([list(members) for members in groups])

def _components_test_impl(ctx):
    """Components are those of the definition, in graphs of every shape, also a ring and a chain of a thousand."""
    env = unittest.begin(ctx)
    asserts.equals(env, [["a", "b", "c"]], strong_components(_graph("ab bc ca cd")))
    for text in ["a", "aa", "ab ba", "ab bc cd", "ab bc ca de ed cd", "abc bd cd da", "ab ba bc cb de ef fd ag ga", "abcdef bcdef cdef def ef fa"]:
        graph = _graph(text)
        asserts.equals(env, _brute_components(graph), strong_components(graph), text)
    state = 12345
    for size in [6, 8]:
        for _ in range(25):
            graph = {str(number): {} for number in range(size)}
            for _ in range(size + 3):
                state = (state * 1103515245 + 12345) % 2147483648
                graph[str(state // 65536 % size)][str(state // 1048576 % size)] = None
            asserts.equals(env, _brute_components(graph), strong_components(graph), str(graph))
    ring = {str(number): {str((number + 1) % 1000): None} for number in range(1000)}
    asserts.equals(env, [sorted(ring)], strong_components(ring))
    chain = {str(number): {str(number + 1): None} if number < 999 else {} for number in range(1000)}
    asserts.equals(env, [], strong_components(chain))
    return unittest.end(env)

components_test = unittest.make(_components_test_impl)

def _edges_test_impl(ctx):
    """Edges of extras count only where the extra is asked for, by the lock or by another edge."""
    env = unittest.begin(ctx)
    edges = {
        "app": requirement_edges(["lib[fast]", "missing", "app[all]; extra == 'x'", "tool; extra == 'all'"]),
        "lib": requirement_edges(["speed; extra == 'fast'", "app; extra == 'test'"]),
        "speed": [],
        "tool": requirement_edges(["app; os_name == 'nt'"]),
    }
    found = reachable_edges(edges, {})
    asserts.equals(env, {"app": ["lib"], "lib": ["speed"], "speed": [], "tool": ["app"]}, {name: sorted(others) for name, others in found.graph.items()})
    asserts.equals(env, {("app", "lib"): {"fast": None}}, found.extras)
    asserts.equals(env, ["lib", "tool"], sorted(reachable_edges(edges, {"app": ["x"]}).graph["app"]))
    asserts.equals(env, ["app", "speed"], sorted(reachable_edges(edges, {"lib": ["test"]}).graph["lib"]))
    return unittest.end(env)

edges_test = unittest.make(_edges_test_impl)

def cycles_test_suite(name):
    unittest.suite(name, markers_test, components_test, edges_test)
