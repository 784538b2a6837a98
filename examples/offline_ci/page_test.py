"""Renders a page with a wheel that was fetched and one that was built."""

import jinja2
import markupsafe._speedups

page = jinja2.Template("<p>{{ text }}</p>", autoescape=True).render(text="a < b")
assert page == "<p>a &lt; b</p>", page
print(page, "escaped by", markupsafe._speedups.__name__)
