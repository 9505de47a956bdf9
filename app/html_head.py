"""The head of every HTML document: what boards, exploring pages and the pages of Dash have in common."""

from __future__ import annotations

from html import escape
from typing import Final

from app.assets import Assets
from panels.themes import tokens

DESCRIPTION: Final = '<meta name="description" content="Dashboards of the CodeAgent Gateway">\n'
_PART: Final = '<meta name="{part}" content="{script}">\n<meta name="{part}-style" content="{style}">\n'
_APP: Final = """<link rel="manifest" href="/manifest.webmanifest" crossorigin="use-credentials">
<link rel="apple-touch-icon" href="{icon}">
<meta name="theme-color" content="{light}" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="{dark}" media="(prefers-color-scheme: dark)">
"""
_HEAD: Final = """<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<meta name="color-scheme" content="light dark">
<meta name="server-time" content="{milliseconds:.0f}">
<title>{title}</title>
<link rel="stylesheet" href="{style}">
<link rel="icon" href="{icon}" type="image/svg+xml">
"""


def head(style: str, icon: str, title: str, now: float) -> str:
    """The lines of the head; a document may add its own. `style` and `icon` are addresses of static files.

    `now` tells the browser the time here, in epoch seconds.
    """
    return _HEAD.format(milliseconds=now * 1_000, title=escape(title), style=style, icon=icon)


def style_link(style: str) -> str:
    """The line of a further style sheet."""
    return f'<link rel="stylesheet" href="{style}">\n'


def script_tag(script: str) -> str:
    """The line of a further script."""
    return f'<script src="{script}"></script>\n'


def app_links(assets: Assets) -> str:
    """The lines that make a page part of an app that can be installed. The manifest may be behind sign-in."""
    return _APP.format(icon=assets.icon_touch, light=tokens("light")["--surface"], dark=tokens("dark")["--surface"])


def part_addresses(assets: Assets) -> str:
    """The lines that name what pages with links to others load when wanted: the search, and the gestures of phones."""
    parts = {
        "palette": (assets.palette_script, assets.palette_style),
        "touch": (assets.touch_script, assets.touch_style),
    }
    return "".join(_PART.format(part=part, script=script, style=style) for part, (script, style) in parts.items())


def share_addresses(assets: Assets) -> str:
    """The lines that name the script and the style of the share dialog."""
    return _PART.format(part="share", script=assets.share_script, style=assets.share_style)


def push_addresses(assets: Assets) -> str:
    """The lines that name the script and the style of the dialog about notifications."""
    return _PART.format(part="push", script=assets.push_script, style=assets.push_style)
