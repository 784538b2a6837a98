"""Records the time that SQLite says, in a query and in a table's default."""

import pathlib
import sqlite3

from setuptools import setup

with sqlite3.connect(":memory:") as connection:
    connection.execute("CREATE TABLE made (number INTEGER, at TEXT DEFAULT CURRENT_TIMESTAMP)")
    connection.execute("INSERT INTO made (number) VALUES (1)")
    rows = connection.execute("SELECT at, datetime('now'), date(), strftime('%Y-%m', 'NOW') FROM made").fetchall()
pathlib.Path("tiny/made.txt").write_text(repr(rows))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
