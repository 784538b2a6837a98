"""The style sheet of HTML pages; light or dark as the reader's browser is set."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """\
:root {
  color-scheme: light dark;
  --text: #1c2024; --dim: #60666c; --back: #ffffff; --panel: #f5f6f8; --line: #d9dce0;
  --ok: #146c2e; --ok-back: #dff3e4; --bad: #a4161a; --bad-back: #fde4e4; --mark: #ffd54a; --mark-text: #1c2024;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e8ea; --dim: #9aa1a8; --back: #15181b; --panel: #1f2428; --line: #363c42;
    --ok: #7fdb98; --ok-back: #17341f; --bad: #ff9c9c; --bad-back: #441d1f; --mark: #8a6d00; --mark-text: #ffffff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 72rem; margin: 0 auto; padding: 1.5rem; }
h1 { font-size: 1.1rem; color: var(--dim); font-weight: 600; margin: 0 0 1rem; }
h2 { font-size: 1.5rem; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h3 { font-size: 1.15rem; margin: 2rem 0 .75rem; }
h4 { font: 600 .95rem/1.4 ui-monospace, monospace; margin: 0; overflow-wrap: anywhere; }
p { margin: .5rem 0; overflow-wrap: anywhere; }
section { margin-top: 1.5rem; }
.scroll + section, section + section { border-top: 2px solid var(--line); margin-top: 3rem; padding-top: 2rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .85rem; }
pre { background: var(--panel); border-radius: 6px; padding: .6rem .75rem; margin: .25rem 0; white-space: pre-wrap;
  overflow-wrap: anywhere; }
a { color: inherit; }
td:nth-child(2) > span { white-space: nowrap; }
.badge { display: inline-block; font-size: .9rem; padding: .15rem .6rem; border-radius: 999px; vertical-align: .15em; }
.ok { color: var(--ok); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.dim { color: var(--dim); }
.badge.ok { background: var(--ok-back); }
.badge.bad { background: var(--bad-back); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .75rem .4rem 0; border-bottom: 1px solid var(--line); }
th { color: var(--dim); font-weight: 600; white-space: nowrap; }
td:first-child { font-weight: 600; white-space: nowrap; }
small { color: var(--dim); }
.difference { border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; margin: 0 0 1rem; }
.place { color: var(--dim); margin: .1rem 0 .5rem; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(18rem, 1fr)); gap: .75rem; margin: .5rem 0; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .85rem; color: var(--dim); }
.hex { color: var(--dim); font-size: .78rem; }
mark { background: var(--mark); color: var(--mark-text); border-radius: 2px; }
details { margin: 1rem 0; }
summary { cursor: pointer; }
details > .difference { margin-top: 1rem; }
"""
