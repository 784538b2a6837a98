"""Drives a Chromium by the DevTools protocol: JSON messages that end with a NUL, over a pair of pipes. It opens no port.

    with started(chromium(), folder) as browser:
        tab = browser.open(page, width=400, dark=True)
        tab.value("document.title")

A tab can look at a page of which scripts are switched off, since `value` asks from outside of the page.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import itertools
import json
import os
import select
import signal
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.browser import Chromium

__all__ = ["Browser", "Tab", "started"]

_LIMIT = 120
"""Seconds that a busy machine may take for one answer."""

_OPTIONS = (
    "--remote-debugging-pipe",
    "--no-sandbox",  # root has none; what it shows are the tests' own pages
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
)


class Browser:
    """A running browser; `started` makes one."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._from, self._numbers, self._buffer = to, back, itertools.count(1), b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol and return its answer."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters} | ({"sessionId": session} if session else {})
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != number:
            self.events.append(answer)
        assert "error" not in answer, (method, answer)
        result: dict[str, Any] = answer["result"]
        return result

    def wait_for(self, event: str) -> None:
        """Wait until an event has come since the events were last cleared."""
        while not any(e.get("method") == event for e in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, Any]:
        end = time.monotonic() + _LIMIT
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"Chromium did not answer within {_LIMIT} seconds"
            data = os.read(self._from, 1 << 20)
            assert data, "Chromium has ended"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def open(self, page: Path, *, width: int, height: int = 800, dark: bool = False, scripts: bool = True) -> Tab:
        """Open a page in a window of this size and wait until it is drawn."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        tab = Tab(self, session, target)
        for domain in ("Page", "Network"):
            tab.call(f"{domain}.enable")
        tab.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        tab.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        tab.emulate(dark=dark)
        self.events.clear()
        tab.call("Page.navigate", url=page.as_uri())
        self.wait_for("Page.loadEventFired")
        return tab


class Tab:
    """A page in a browser."""

    def __init__(self, browser: Browser, session: str, target: str) -> None:
        self._browser, self._session, self._target = browser, session, target

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Call a method of the protocol for this page."""
        return self._browser.call(method, self._session, **parameters)

    def emulate(self, *, dark: bool = False, media: str = "") -> None:
        """Set what the reader prefers, and the medium, such as `print`."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def value(self, expression: str) -> Any:
        """Return the value of an expression of JavaScript."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """Press and release a key."""
        for kind in ("keyDown", "keyUp"):
            typed = {"text": text} if text and kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **typed)

    def requested(self) -> list[str]:
        """Return the addresses that were asked for since the page was opened."""
        asked = [e["params"] for e in self._browser.events if e.get("method") == "Network.requestWillBeSent"]
        return [event["request"]["url"] for event in asked]

    def picture(self, *, whole: bool = False, form: str = "png", **more: object) -> bytes:
        """Return a picture of what is in the window, or of the whole page."""
        answer = self.call("Page.captureScreenshot", format=form, captureBeyondViewport=whole, **more)
        return base64.b64decode(answer["data"])

    def close(self) -> None:
        """Close the page."""
        self._browser.call("Target.closeTarget", targetId=self._target)


@contextlib.contextmanager
def started(chromium: Chromium, folder: Path) -> Iterator[Browser]:
    """Start a browser, and end it after the block.

    :param folder: an empty folder for its profile; what it prints is in the file `log` there.
    """
    theirs_in, to = os.pipe()
    back, theirs_out = os.pipe()
    # The browser reads from descriptor 3 and writes to 4. Both are above these before, so that neither overwrites the other.
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in (theirs_in, theirs_out)]
    variables = {"PATH": os.environ.get("PATH", os.defpath), "HOME": os.fspath(folder), **chromium.variables}
    pid = os.posix_spawn(
        chromium.program,
        [os.fspath(chromium.program), *_OPTIONS, f"--user-data-dir={folder}", "about:blank"],
        variables,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, high[0], 3),
            (os.POSIX_SPAWN_DUP2, high[1], 4),
            (os.POSIX_SPAWN_OPEN, 1, os.fspath(folder / "log"), os.O_WRONLY | os.O_CREAT, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
    )
    for descriptor in (*high, theirs_in, theirs_out):
        os.close(descriptor)
    browser = Browser(to, back)
    try:
        yield browser
        browser.call("Browser.close")
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        raise
    finally:
        os.close(to)
        os.waitpid(pid, 0)
        os.close(back)
