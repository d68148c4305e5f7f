/** How the pages of reports look: on a screen of any width, by day and night, and on paper. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#fff, #16181d); --text: light-dark(#1b1d22, #e4e6eb); --soft: light-dark(#5b6270, #a2a9b6);
  --line: light-dark(#d8dce3, #363b45); --shade: light-dark(#f4f6f9, #1f232b);
  --yes: light-dark(#11693b, #5fd394); --partial: light-dark(#8a4600, #f0b25a); --no: light-dark(#b3202a, #ff8b8b);
  --unverified: light-dark(#5b6270, #a2a9b6);
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 64rem; padding: 1rem; background: var(--ground); color: var(--text);
  font: 1rem/1.45 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.5rem; margin: .5rem 0 } h2 { font-size: 1.1rem; margin: 1.2rem 0 .4rem }
h3 { font-size: .95rem; margin: 1rem 0 .3rem }
p, ul { margin: .3rem 0 } ul { padding-left: 1.2rem }
a { color: inherit }
code { white-space: nowrap } code, .octets { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: .85em }
.soft { color: var(--soft) } .verdict { font-weight: 650; white-space: nowrap }
.yes { color: var(--yes) } .partial { color: var(--partial) } .no { color: var(--no) }
.unverified { color: var(--unverified) }
summary { cursor: pointer } summary:focus-visible { outline: 2px solid currentColor; outline-offset: 2px }

.rows { border-top: 2px solid var(--line); margin-top: 1rem }
.row { border-bottom: 1px solid var(--line) }
.cells { display: grid; grid-template-columns: minmax(0, 1fr) 6.2rem 5rem 5rem 5rem; gap: .15rem .8rem }
.pair { grid-template-columns: minmax(0, 1fr) 6.2rem 6.2rem 5.5rem }
.heads { padding: .4rem .3rem .4rem 1.4rem; font-size: .85rem; color: var(--soft) }
.row > summary, .row > .plain { padding: .5rem .3rem .5rem 1.4rem; list-style: none; position: relative }
.row > summary::-webkit-details-marker { display: none }
.row > summary::before { content: '\\25b8'; position: absolute; left: .3rem; color: var(--soft) }
.row[open] > summary::before { content: '\\25be' }
.row > summary:hover { background: var(--shade) }
.row > .inside { padding: 0 .3rem 1rem 1.4rem }
.cell-head { display: none; color: var(--soft); font-size: .8rem }

table { border-collapse: collapse; width: 100%; font-size: .9rem }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .85rem }
th, td { vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid var(--line) }
td:last-child { width: 3rem }
tr.failed { background: color-mix(in srgb, var(--no) 9%, transparent) }

.drawing { max-width: 100%; overflow-x: auto }
.drawing svg { display: block; max-width: 100%; height: auto; font-family: ui-monospace, 'DejaVu Sans Mono', monospace }
.drawing text { fill: var(--text); font-size: 11px } .drawing .soft { fill: var(--soft) }
.drawing .bar { stroke: var(--text); stroke-width: 3 } .drawing .rail { stroke: var(--soft); stroke-width: 1.5; fill: none }
.drawing .box { fill: var(--shade); stroke: var(--soft) } .drawing .unusual { stroke-dasharray: 3 2 }
.drawing .dot { fill: var(--text) }

.frames { margin: .4rem 0 } .frames > summary { color: var(--soft) }
.frame { border-left: 2px solid var(--line); padding-left: .6rem; margin: .15rem 0 }
.frame summary { font-family: ui-monospace, 'DejaVu Sans Mono', monospace; font-size: .8rem }
.tree { list-style: none; padding-left: 1rem; margin: 0; font-size: .8rem }
.tree b { font-weight: 600 }

@media (max-width: 40rem) {
  .heads { display: none }
  .cells { grid-template-columns: auto auto auto 1fr; gap: .1rem 1rem }
  .cells > :first-child { grid-column: 1 / -1 }
  .cell-head { display: block }
  table, tbody, tr, td { display: block } thead { display: none }
  tr { border-bottom: 1px solid var(--line); padding: .3rem 0 } td { border: 0; padding: .1rem .3rem }
  td:last-child { width: auto }
  td[data-head]::before { content: attr(data-head) ' '; color: var(--soft); font-size: .8rem }
}
@media print {
  :root { color-scheme: light; font-size: 9.5pt }
  body { max-width: none; padding: 0 }
  .row::details-content, .frames::details-content { content-visibility: visible; block-size: auto }
  .row > summary { break-after: avoid } tr, .drawing, .frame { break-inside: avoid }
  .row > summary::before { display: none } .row > summary { padding-left: .3rem } .row > .inside { padding-left: .3rem }
  a.download { display: none }
}
`;
