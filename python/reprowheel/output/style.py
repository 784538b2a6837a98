"""The style sheet of HTML pages: narrow or wide, light or dark as the reader's browser is set, and on paper."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """\
:root {
  color-scheme: light dark;
  --text: #1f2328; --dim: #59636e; --back: #ffffff; --panel: #f6f8fa; --line: #d1d9e0; --link: #0a5cc2;
  --ok: #116329; --ok-back: #e6f7ea; --bad: #a40e26; --bad-back: #ffefee; --mark: #ffd54a; --mark-text: #1f2328;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6edf3; --dim: #9da7b3; --back: #0f1317; --panel: #191f26; --line: #353d47; --link: #7ab7ff;
    --ok: #7ee2a0; --ok-back: #12261a; --bad: #ffa198; --bad-back: #331518; --mark: #7a5a00; --mark-text: #ffffff;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--back); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
header, main { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 1.1rem; color: var(--dim); font-size: .9rem; font-weight: 600; overflow-wrap: anywhere; }
main { padding-bottom: 3rem; }
h1 { font-size: 1.45rem; line-height: 1.35; margin: 0; overflow-wrap: anywhere; }
h2, h3 { font-size: 1.2rem; line-height: 1.35; margin: 2.5rem 0 .75rem; overflow-wrap: anywhere; }
h3 { font-size: 1.05rem; margin-top: 1.75rem; }
h4, .box > h3 { font: 600 .9rem/1.45 ui-monospace, monospace; margin: 0; overflow-wrap: anywhere; }
p, ul { margin: .6rem 0; overflow-wrap: anywhere; }
a { color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 3px; }
code.word { white-space: nowrap; }
code, pre { font-family: ui-monospace, monospace; font-size: .85rem; }
pre { margin: 0; padding: .5rem .75rem; background: var(--panel); border-radius: 6px; line-height: 1.45; overflow: auto;
  max-height: 24rem; white-space: pre-wrap; overflow-wrap: anywhere; }
pre.log { white-space: pre; overflow-wrap: normal; }
mark { background: var(--mark); color: var(--mark-text); border-radius: 2px; }
small { color: var(--dim); font-size: .85rem; }
.dim { color: var(--dim); }
.ok { color: var(--ok); }
.bad { color: var(--bad); }
.verdict { margin-top: .75rem; padding: 1rem 1.25rem; border-left: .4rem solid; border-radius: 6px; }
.verdict.ok { background: var(--ok-back); }
.verdict.bad { background: var(--bad-back); }
.verdict p { margin: .5rem 0 0; color: var(--text); }
.package { margin-top: 3.5rem; }
.package .verdict h2 { margin: 0; }
.box { border: 1px solid var(--line); border-radius: 8px; margin: 0 0 1rem; padding: 0 1rem .4rem; }
.box > h3, .box > h4 { margin: 0 -1rem .6rem; padding: .55rem 1rem; background: var(--panel); border-radius: 7px 7px 0 0;
  border-bottom: 1px solid var(--line); }
.place { color: var(--dim); font-size: .9rem; margin: .6rem 0 .35rem; }
.sides { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .3rem .75rem; margin: 0 0 .6rem; }
.sides dt { color: var(--dim); font-size: .85rem; padding-top: .55rem; }
.sides dd { margin: 0; min-width: 0; }
.hex { color: var(--dim); display: block; font-size: .78rem; }
.facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1.25rem; margin: .6rem 0; }
.facts dt { color: var(--dim); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.names { list-style: none; padding: 0; }
.names li { padding: .3rem 0; }
.names li + li { border-top: 1px solid var(--line); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; margin: .6rem 0; }
th, td { text-align: left; vertical-align: top; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--dim); font-weight: 600; white-space: nowrap; }
td { overflow-wrap: anywhere; min-width: 8rem; }
td.number { text-align: right; min-width: 0; white-space: nowrap; }
th.number { text-align: right; }
details { margin: .6rem 0; border: 1px solid var(--line); border-radius: 8px; padding: 0 1rem; }
summary { cursor: pointer; padding: .55rem 0; overflow-wrap: anywhere; }
details[open] { padding-bottom: .75rem; }
details .box { margin-top: .5rem; }
details > :last-child { margin-bottom: 0; }
.verdict + pre { margin-top: .75rem; }
@media (max-width: 40rem) {
  header, main { padding-left: 1rem; padding-right: 1rem; }
  h1 { font-size: 1.2rem; }
  .verdict { padding: .8rem 1rem; }
  .sides:not(.short), .facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .sides:not(.short) dt, .facts dd { padding-bottom: .35rem; }
  .box, details { padding-left: .75rem; padding-right: .75rem; }
  .cards thead { display: none; }
  .cards table, .cards tbody, .cards tr, .cards td { display: block; }
  .cards tr { padding: .4rem 0; border-bottom: 1px solid var(--line); }
  .cards td { padding: .1rem 0; border: 0; }
  .cards td::before { content: attr(data-head); display: block; color: var(--dim); font-size: .85rem; }
  .box > h3, .box > h4 { margin-left: -.75rem; margin-right: -.75rem; padding-left: .75rem; padding-right: .75rem; }
}
@media print {
  :root {
    color-scheme: light;
    --text: #000000; --dim: #444444; --back: #ffffff; --panel: #f3f3f3; --line: #bbbbbb; --link: #000000;
    --ok: #0b4d1e; --ok-back: #ffffff; --bad: #8a0a1e; --bad-back: #ffffff; --mark: #e0e0e0; --mark-text: #000000;
  }
  html { font-size: 10pt; }
  details { padding-bottom: .5rem; }
  header, main { max-width: none; padding-left: 0; padding-right: 0; }
  pre, pre.log { max-height: none; overflow: visible; white-space: pre-wrap; overflow-wrap: anywhere; }
  details::details-content { content-visibility: visible; display: block; }
  .scroll { overflow: visible; }
  h2, h3, h4, summary { break-after: avoid; }
  .sides, tr, li { break-inside: avoid; }
}
"""
