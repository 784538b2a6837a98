"""Leaves many processes behind that lead sessions of their own, and do not end when they are asked to."""

import json
import subprocess

SCRIPT = """
trap '' TERM HUP INT
i=0
while [ $i -lt $1 ]; do
    (setsid sleep 60 &)
    i=$((i + 1))
done
"""


def attack():
    with open("targets.json", encoding="utf-8") as file:
        number = json.load(file)["number"]
    subprocess.run(["sh", "-c", SCRIPT, "sh", str(number)], check=True)
    return {}, {}
