"""Prints a page, with MarkupSafe's C extension."""

import jinja2
from markupsafe import _speedups

print(jinja2.Template("<p>{{ text }}</p>", autoescape=True).render(text="a < b"))
print("escaped by", _speedups.__name__)
