"""What a reader sees of a page: measured by the browser after it has laid the page out, and compared with the page's source.

The measurements run from outside of the page, so they need no script of it.
"""

from __future__ import annotations

import re
import struct
import zlib
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from support.devtools import Browser, Tab

__all__ = ["UNFOLD", "VOID", "Outline", "assert_readable", "colour_at", "looks", "squeezed", "visible_text"]

VOID = {"meta", "br"}
UNFOLD = "document.querySelectorAll('details').forEach(d => d.open = true)"
_LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3, for text of usual size

_PROBE = """
(() => {
  const seen = [], found = {texts: [], overlaps: [], outside: [], cut: [], contrast: []};
  const colour = c => c.match(/[0-9.]+/g).map(Number);
  const luminance = c => {
    const [r, g, b] = c.slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
    }
    return [255, 255, 255];
  };
  const boxes = e => {
    const all = [];
    for (; e; e = e.parentElement) if (getComputedStyle(e).overflowX !== 'visible') all.push(e.getBoundingClientRect());
    return all;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const text = node.textContent.trim(), e = node.parentElement;
    if (!text || !e.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    const range = document.createRange(), around = boxes(e);
    range.selectNodeContents(node);
    const style = getComputedStyle(e), ink = luminance(colour(style.color)), paper = luminance(behind(e));
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (ratio < LEAST) found.contrast.push([text.slice(0, 60), ratio]);
    found.texts.push(text);
    for (const whole of range.getClientRects()) {
      let [left, top, right, bottom] = [whole.left, whole.top, whole.right, whole.bottom];
      if (!around.length && (left < -0.5 || right > innerWidth + 0.5)) found.outside.push(text.slice(0, 60));
      for (const box of around) {
        left = Math.max(left, box.left), right = Math.min(right, box.right);
        top = Math.max(top, box.top), bottom = Math.min(bottom, box.bottom);
      }
      if (right - left > 2 && bottom - top > 2) seen.push({node, text, left, top, right, bottom});
    }
  }
  seen.sort((a, b) => a.top - b.top);
  for (let i = 0; i < seen.length; i++) {
    for (let k = i + 1; k < seen.length && seen[k].top < seen[i].bottom - 2; k++) {
      const [a, b] = [seen[i], seen[k]];
      if (a.node !== b.node && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2)
        found.overlaps.push([a.text.slice(0, 40), b.text.slice(0, 40)]);
    }
  }
  for (const e of document.querySelectorAll('body *')) {
    const s = getComputedStyle(e);
    if ([s.overflowX, s.overflowY].some(o => o === 'hidden' || o === 'clip')) found.cut.push(e.tagName);
  }
  const verdict = document.querySelector('h1').getBoundingClientRect();
  return {...found, width: document.documentElement.scrollWidth, window: innerWidth, height: innerHeight,
          heads: [...document.querySelectorAll('[data-head]')].map(e => getComputedStyle(e, '::before').content),
          verdict: [verdict.left, verdict.top, verdict.right, verdict.bottom]};
})()
""".replace("LEAST", str(_LEAST_CONTRAST))


class Outline(HTMLParser):
    """Checks that tags close in order, and collects tags, attributes and the text of the body."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.narrow = ""
        """The text in a narrow window, where heads of tables stand in each cell and are no text of their own."""
        self._in_cards = False
        self.heads = set(re.findall(r'data-head="([^"]*)"', page))
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        self.tags.append(tag)
        self.attributes += attrs
        self._in_cards = self._in_cards or ("class", "cards") in attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost tag, which must be this one."""
        assert self.open.pop() == tag
        self._in_cards = self._in_cards and tag != "table"

    def handle_data(self, data: str) -> None:
        """Collect text."""
        if "body" in self.open:
            self.text += data
            self.narrow += "" if self._in_cards and "thead" in self.open else data


def squeezed(text: str) -> str:
    """Return text without white space, of which layout makes its own."""
    return "".join(text.split())


def visible_text(tab: Tab) -> str:
    """Return the text that is drawn, without white space."""
    return squeezed(tab.value("document.body.innerText"))


def looks(tab: Tab) -> dict[str, Any]:
    """Return what was measured of a page: its size, its texts, and what is wrong with them."""
    measured: dict[str, Any] = tab.value(_PROBE)
    return measured


def assert_fits(measured: dict[str, Any]) -> None:
    """Nothing is wider than the window, lies outside of it, is cut off, covers other text, or is hard to read."""
    assert measured["width"] <= measured["window"]
    assert measured["texts"]
    for wrong in ("outside", "overlaps", "cut", "contrast"):
        assert measured[wrong] == [], wrong


def assert_readable(browser: Browser, page: Path, *, width: int, dark: bool) -> None:
    """A page can be read in a window of this width, folded and unfolded, without scripts, and asks for nothing else."""
    source = Outline(page.read_text(encoding="utf-8"))
    tab = browser.open(page, width=width, dark=dark, scripts=False)
    try:
        folded = looks(tab)
        assert_fits(folded)
        left, top, right, bottom = folded["verdict"]
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= folded["height"] / 2, "the verdict is not in the upper half of the first screen"
        assert "details" not in source.tags or len(visible_text(tab)) < len(squeezed(source.text)), "nothing is folded in"
        paper = sum(colour_at(tab, width - 4, 4))
        assert paper < 120 if dark else paper > 700
        tab.value(UNFOLD)
        assert_fits(unfolded := looks(tab))
        is_narrow = tab.value("matchMedia('(max-width: 40rem)').matches")
        assert visible_text(tab) == squeezed(source.narrow if is_narrow else source.text)
        assert set(unfolded["heads"]) == (
            {f'"{head}"' for head in source.heads} if is_narrow else {"none"} if source.heads else set()
        )
        assert tab.requested() == [page.as_uri()]
    finally:
        tab.close()


def colour_at(tab: Tab, x: float, y: float) -> tuple[int, int, int]:
    """Return red, green and blue of a pixel of the picture that the browser draws."""
    picture = tab.picture(clip={"x": int(x), "y": int(y), "width": 1, "height": 1, "scale": 1})
    position, packed = 8, b""
    while position < len(picture):
        (size,) = struct.unpack_from(">I", picture, position)
        kind = picture[position + 4 : position + 8]
        packed += picture[position + 8 : position + 8 + size] if kind == b"IDAT" else b""
        position += 12 + size
    red, green, blue = zlib.decompress(packed)[1:4]  # after the filter's number: of one pixel, all filters give its bytes
    return red, green, blue
