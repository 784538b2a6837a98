"""Prints what an sdist's module says."""

import charlie


def text():
    return "hello from " + charlie.NAME


if __name__ == "__main__":
    print(text())
