"""The style sheet of a report: light and dark after the reader's system, readable on a phone and on paper."""

STYLE = """
:root { --paper: #fbfaf8; --card: #fff; --ink: #1d2126; --soft: #5d6670; --line: #e3e0da; --good: #1d8a5f;
  --bad: #c8452e; --blue: #2f6fd6; --amber: #d98a12; --grey: #8a939c; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --card: #1c2026; --ink: #e8eaed; --soft: #a0a8b1;
  --line: #2f353d; --good: #35b783; --bad: #ef6d55; --blue: #6ea3f5; --amber: #f0ab3f; --grey: #79838d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI",
  "Noto Sans", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", sans-serif; }
:lang(ko) { word-break: keep-all; }
main { max-width: 960px; margin: 0 auto; padding: 28px 20px 40px; }
h1 { font-size: 28px; margin: 0; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { font-size: 19px; margin: 0 0 10px; } h3 { font-size: 15px; margin: 22px 0 8px; font-weight: 600; }
header p, .note, footer { color: var(--soft); } header p { margin: 4px 0 18px; overflow-wrap: anywhere; }
.note { font-size: 13.5px; margin: 8px 0 12px; max-width: 70ch; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 18px 20px;
  margin: 0 0 16px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 12px; padding: 0;
  background: none; border: 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 14px; }
.tile span, .tile small { display: block; color: var(--soft); font-size: 13px; line-height: 1.35; }
.tile strong { display: block; font-size: 25px; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.notices { margin: 0 0 16px; padding: 12px 16px 12px 34px; border: 1px solid var(--amber); border-radius: 12px;
  background: color-mix(in srgb, var(--amber) 10%, var(--card)); overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { font-weight: 600; text-align: left; } td, th { padding: 5px 10px 5px 0; }
.number { text-align: right; }
.classes { width: 100%; } .classes tr + tr { border-top: 1px solid var(--line); }
.classes th:first-child { max-width: 30ch; overflow-wrap: anywhere; }
.classes td, .classes th { padding: 6px 0 6px 14px; } .classes th:first-child { padding-left: 0; }
.meter { display: inline-block; min-width: 88px; padding: 1px 6px; border-radius: 5px; background:
  linear-gradient(to right, color-mix(in srgb, var(--blue) 24%, transparent) var(--v), transparent var(--v)); }
.confusion { border-collapse: separate; border-spacing: 3px; }
.confusion td { min-width: 42px; height: 42px; padding: 0 6px; text-align: center; border-radius: 6px;
  background: color-mix(in srgb, var(--line) 45%, transparent); }
.confusion tr:first-child td { background: none; }
.confusion .good { background: color-mix(in srgb, var(--good) var(--s), var(--card)); }
.confusion .bad { background: color-mix(in srgb, var(--bad) var(--s), var(--card)); }
.confusion .strong, .confusion .strong a { color: #fff; }
@media (prefers-color-scheme: dark) { .confusion .strong, .confusion .strong a { color: #0c0e10; } }
.confusion a { color: inherit; display: block; line-height: 42px; text-decoration: underline;
  text-underline-offset: 3px; }
.confusion .unknown { background: none; border: 1px dashed var(--line); color: var(--soft); }
.confusion .down { max-width: 22ch; padding-right: 8px; text-align: right; overflow-wrap: anywhere; line-height: 1.25; }
.confusion .across { vertical-align: bottom; padding: 0; }
.confusion .across span { display: block; max-width: 9ch; margin: 0 auto; text-align: center; overflow-wrap: anywhere;
  line-height: 1.2; font-size: 13.5px; }
.gallery { display: flex; flex-wrap: wrap; gap: 12px; } figure { margin: 0; }
.gallery figure { width: 116px; } .gallery img, .missing { display: block; width: 116px; height: 116px;
  object-fit: contain; background: color-mix(in srgb, var(--line) 60%, transparent); border-radius: 8px; }
.missing { color: var(--soft); text-align: center; line-height: 116px; font-size: 13px; }
.gallery figcaption { font-size: 12.5px; line-height: 1.35; padding-top: 4px; }
.gallery figcaption span { display: block; overflow-wrap: anywhere; }
.gallery figcaption span + span { color: var(--soft); } .gallery .tag { color: var(--amber) !important; }
h3:target { background: color-mix(in srgb, var(--amber) 30%, transparent); border-radius: 6px; padding: 2px 6px; }
.charts { display: flex; flex-wrap: wrap; gap: 8px 28px; } .charts h3 { margin: 8px 0 4px; }
svg { max-width: 100%; height: auto; display: block; } svg text { fill: var(--soft); font-size: 12px; }
svg .grid { stroke: var(--line); } svg .best { stroke: var(--amber); stroke-dasharray: 4 3; }
svg .ideal { stroke: var(--grey); stroke-dasharray: 4 3; } svg .bar { fill: var(--blue); }
svg polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .train { stroke: var(--grey); } svg .val { stroke: var(--blue); }
.key { margin-right: 16px; font-size: 13px; color: var(--soft); }
.key i { display: inline-block; width: 18px; height: 3px; border-radius: 2px; margin-right: 6px;
  vertical-align: middle; } .key .train { background: var(--grey); } .key .val { background: var(--blue); }
footer { font-size: 13px; overflow-wrap: anywhere; }
@media print { body { background: #fff; } section, .tile { break-inside: avoid; } }
"""
