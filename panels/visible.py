"""Make hostile text visible: characters that draw nothing or reverse the text around them are shown as code points.

`assets/src/visible.js` has the same rule for texts that only the browser puts on the page.
"""

from __future__ import annotations

import re
from typing import Final

# Control, format and separator characters, letters without a shape, half surrogates. Tabs and line ends stay.
_ALWAYS: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Joiners have a meaning inside scripts that join letters and inside emoji, variation selectors after symbols.
_JOINING: Final = "\u0600-\u109f\u1780-\u18af\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
_VARYING: Final = "\u00a9\u00ae\u203c\u2049\u2100-\u2bff\u3030-\u303d\u3297\u3299\u3400-\u9fff\U0001f000-\U0001faff"
_UNSEEN: Final = re.compile(
    f"[{_ALWAYS}]|(?<![{_JOINING}])[\u200c\u200d]|(?<![{_VARYING}])(?<![0-9#*](?=\ufe0f\u20e3))[\ufe00-\ufe0f]"
)
_BREAKS: Final = re.compile("[\t\n]")


def visible(text: str) -> str:
    """Text with its invisible characters shown: control characters as pictures, others by their code point."""
    return text if text.isascii() and text.isprintable() else _UNSEEN.sub(_picture, text)


def visible_name(text: str) -> str:
    """The same for single-line text, where a tab or a line end would look like a space."""
    return _BREAKS.sub(_picture, visible(text))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code == 0x7F:
        return "␡"
    return chr(0x2400 + code) if code < 0x20 else f"⟨{code:04X}⟩"
