"""Finds the dependency cycles between distributions. Users need not name them.

Phase: module extension (pure functions).
In: the edges that locks know, markers ignored. Out: groups of distributions that need each other.
"""

load("//python/private/spec:core_metadata.bzl", "parse_requirement")
load("//python/private/spec:names.bzl", "normalize_name")

visibility(["//python/...", "//tests/starlark/..."])

_BLANK = " \t\r\n"

def _alternatives(marker):
    """Splits a marker at each `or` that is not in parentheses."""
    found = []
    depth = 0
    for part in marker.split(" or "):
        found = found[:-1] + [found[-1] + " or " + part] if depth else found + [part]
        depth += part.count("(") - part.count(")")
    return found

def _outside_parentheses(text):
    """Gives the part of a text that is not in parentheses."""
    pieces = []
    depth = 0
    for char in text.elems():
        depth += {"(": 1, ")": -1}.get(char, 0)
        if not depth:
            pieces.append(char)
    return "".join(pieces)

def _compared_extra(text):
    """Gives the extra of the one comparison `extra == 'x'` (or its mirror) in a text; None for anything else."""
    before, found, after = text.partition("extra")
    right = after.strip(_BLANK)
    left = before.strip(_BLANK)
    if not found or "extra" in after:
        return None
    if right.startswith("==") and right.lstrip("=" + _BLANK)[:1] in ["'", "\""]:
        quoted = right.lstrip("=" + _BLANK)
        return normalize_name(quoted[1:].partition(quoted[0])[0])
    left = left.rstrip(_BLANK)
    if left.endswith("==") and left.rstrip("=" + _BLANK)[-1:] in ["'", "\""]:
        quoted = left.rstrip("=" + _BLANK)
        return normalize_name(quoted[:-1].rpartition(quoted[-1])[2])
    return None

def marker_extras(marker):
    """Finds the extras that a marker asks for.

    Args:
      marker: (str) PEP 508 text.

    Returns:
      (list[str]) extras: the marker holds only if one of them is asked for. None if it may hold without any.
    """
    found = []
    for part in _alternatives(marker):
        if " or " in part:
            part = _outside_parentheses(part)
        extra = _compared_extra(part)
        if extra == None:
            return None
        found.append(extra)
    return found

def requirement_edges(texts):
    """Reads dependencies as edges.

    Args:
      texts: (list[str]) Requires-Dist values.

    Returns:
      (list[struct]) `name`, `extras` (asked of that name), `needs` (from `marker_extras`: the edge counts only with one of these extras). Texts
      that are no requirements are left out: they are refused where they are used.
    """
    edges = []
    for text in texts:
        requirement = parse_requirement(text)
        if requirement:
            edges.append(struct(extras = requirement.extras, name = requirement.name, needs = marker_extras(requirement.marker)))
    return edges

def reachable_edges(edges, extras):
    """Drops the edges of extras that nobody asks for.

    Args:
      edges: (dict[str, list[struct]]) name to what `requirement_edges` gives.
      extras: (dict[str, list[str]]) name to the extras that the lock asks for.

    Returns:
      (struct) `graph`: dict from name to dict of names; `extras`: dict from (name, other) to dict of extras that `name`
      asks of `other`.
    """
    graph = {name: {} for name in edges}
    asked = {}
    seen = {}
    queue = [(name, None) for name in edges] + [(name, extra) for name in sorted(extras) for extra in extras[name]]
    for _ in range(len(queue) + sum_of_edges(edges)):
        if not queue:
            break
        item = queue.pop()
        if item in seen:
            continue
        seen[item] = True
        name, extra = item
        for edge in edges.get(name, []):
            if edge.name not in edges or (edge.needs != None if extra == None else extra not in (edge.needs or [])):
                continue
            if edge.name != name:
                graph[name][edge.name] = None
            for other in edge.extras:
                asked.setdefault((name, edge.name), {})[other] = None
                if (edge.name, other) not in seen:
                    queue.append((edge.name, other))
    return struct(extras = asked, graph = graph)

def sum_of_edges(edges):
    """Gives an upper limit for the entries of the queue in a walk over all edges: Starlark has no `while`.

    Args:
      edges: (dict[str, list[struct]]) name to edges.

    Returns:
      (int) the number.
    """
    total = 0
    for found in edges.values():
        for edge in found:
            total += 1 + len(edge.extras) * (1 + len(edge.needs or []))
    return total

def _finish_order(graph):
    """Gives the names in the order in which a depth-first walk leaves them."""
    order = []
    seen = {}
    steps = 2 * len(graph)
    for others in graph.values():
        steps += len(others)
    for start in graph:
        if start in seen:
            continue
        seen[start] = True
        stack = [(start, graph[start].keys())]
        for _ in range(steps):
            if not stack:
                break
            name, waiting = stack[-1]
            if not waiting:
                order.append(name)
                stack.pop()
                continue
            other = waiting.pop()
            if other not in seen:
                seen[other] = True
                stack.append((other, graph[other].keys()))
    return order

def strong_components(graph):
    """Finds the sets of names that reach each other (Kosaraju's algorithm, with a stack: Starlark has no recursion).

    Args:
      graph: (dict[str, dict]) name to the names it points to, all of which are keys, too.

    Returns:
      (list[list[str]]) the sets with more than one name, each sorted, in sorted order.
    """
    backwards = {name: [] for name in graph}
    for name, others in graph.items():
        for other in others:
            backwards[other].append(name)
    found = []
    seen = {}
    for start in reversed(_finish_order(graph)):
        if start in seen:
            continue
        seen[start] = True
        members = [start]
        stack = [start]
        for _ in range(len(graph)):
            if not stack:
                break
            for other in backwards[stack.pop()]:
                if other not in seen:
                    seen[other] = True
                    members.append(other)
                    stack.append(other)
        if len(members) > 1:
            found.append(sorted(members))
    return sorted(found)
