"""The file of an incident report: one HTML document that needs nothing else, readable on a phone and on paper."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

STYLE: Final = """
:root { color-scheme: light; }
body { margin: 0 auto; padding: 16px; max-width: 1000px; color: #16191d; background: #fff;
  font: 14px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
h1 { margin: 0; font-size: 24px; }
h2 { margin: 28px 0 8px; font-size: 17px; border-bottom: 1px solid #ccd1d8; }
.quiet, .kind, .notes, .span { color: #545b66; }
.what, .quiet, code, p { overflow-wrap: anywhere; }
.timeline { list-style: none; margin: 0; padding: 0; }
.timeline li { display: grid; grid-template-columns: 172px 72px 1fr; gap: 8px; padding: 5px 0 5px 8px;
  border-bottom: 1px solid #e6e9ed; border-left: 3px solid transparent; break-inside: avoid; }
.timeline .bad { border-left-color: #b3261e; }
.timeline .note { border-left-color: #1a5fb4; background: #f2f6fc; }
.timeline .change { border-left-color: #8a6100; }
.timeline .what { white-space: pre-wrap; margin-right: 8px; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 16px; }
figure { margin: 0; break-inside: avoid; }
figure svg { display: block; width: 100%; height: auto; }
@media (max-width: 600px) { .timeline li { grid-template-columns: auto 1fr; }
  .timeline li > div { grid-column: 1 / -1; } }
"""
DOCUMENT: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Incident report</title>
<style>{style}</style>
</head>
<body>
{report}
<p class="notes">Times are UTC.</p>
</body>
</html>
"""


def document(report: Markup) -> str:
    """The report as a whole document."""
    return DOCUMENT.format(style=STYLE, report=report)
