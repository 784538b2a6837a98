"""Records random numbers and bytes of SQLite, and the order of rows that it draws."""

import pathlib
import sqlite3

from setuptools import setup

with sqlite3.connect(":memory:") as connection:
    connection.execute("CREATE TABLE made (number INTEGER)")
    connection.executemany("INSERT INTO made VALUES (?)", [(number,) for number in range(20)])
    rows = connection.execute("SELECT random(), hex(randomblob(8))").fetchall()
    rows += connection.execute("SELECT number FROM made ORDER BY random()").fetchall()
pathlib.Path("tiny/made.txt").write_text(repr(rows))
setup(name="tiny", version="1.0", packages=["tiny"], package_data={"tiny": ["made.txt"]})
