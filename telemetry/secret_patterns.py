"""What secrets look like inside a text, and how they are cut out of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

# Cheap and broad: a text without any of these holds nothing that the patterns below would find.
_HINT: Final = re.compile(
    r"[=@]|[\w\"']\s?:|%3[ad]|%40|&#0*64|\\u00(?:40|3[ad])|eyJ|-----BEGIN|\d{3}[ .-]?\d{3}|\w{1,6}[-_][\w-]{16}"
    r"|A[KSR]I?[OD]?A|AIza|SG\.|[\[(]at[\])]|bearer|basic |password|secret|token|--?\w",
    re.IGNORECASE,
)
# What stands between a name and its value: =, :, their escapes, and quotes with or without a backslash.
_JOIN = r"(?:\s*(?:=>|=|:|%3[dD]|%3[aA]|\\u003[dDaA])\s*)"
_QUOTE = r"(?:\\{0,3}[\"'`]|%22|&quot;|\\u0022)"
# A name and its value. The name is judged by the caller's rule, so that one rule serves texts and properties.
_NAMED: Final = re.compile(
    rf"(?:(?<=%)[0-9A-Fa-f]{{2}})?(?P<name>[A-Za-z][\w.-]{{1,48}}?(?:[ ](?:key|token|secret|string|number))?)"
    rf"{_QUOTE}?{_JOIN}(?P<open>{_QUOTE})?"
    r"(?P<scheme>(?:bearer|basic|token|digest|apikey|negotiate)(?:\s+|%20|\+))?"
    # A quoted value ends at the quote that opened it; a longer run of backslashes before it is inside.
    r"(?P<value>(?(open)(?:(?!(?P=open))(?:\\+[^\\\n]?|[^\\\n]))+|(?:\[[^\]\n]+\]|[^\s,;&\"'`<>(){}\[\]|\\]+)))",
    re.IGNORECASE,
)
_COOKIE: Final = re.compile(r"(\b(?:set-)?cookie2?[\"']?\s*[:=]\s*[\"']?)([^\"'\n\r]+)", re.IGNORECASE)
_FLAG: Final = re.compile(r"(--?(?P<name>[A-Za-z][\w-]{1,40})[ =]+[\"']?)(?P<value>[^\s\"'-][^\s\"']*)")
_SAID: Final = re.compile(
    r"(\b(?:password|passphrase|passcode|secret|api[ _-]?key|token|pin)"
    r"\s+(?:is|was|ist|being|set to|equals?)\s*:?\s*[\"'`]?)"
    r"(?!(?:not|missing|required|invalid|expired|empty|too|wrong|incorrect|valid|null|none|revoked|unknown|malformed"
    r"|optional|set|used|kept|never|a|an|the|in|on|no|ok|being|now|still|already|checked|stored|hashed|refreshed|rejected)\b)"
    r"([^\s\"'`,;]+)",
    re.IGNORECASE,
)
_USERINFO: Final = re.compile(
    r"(\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@?#\"'<>]{0,128}:)([^\s/@\"'<>]+(?:@(?=[^\s/]*@)[^\s/@]*)*)(@)", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"\b(bearer|basic)((?:\s|%20|\+)+)([A-Za-z0-9._~+/=-]{6,})", re.IGNORECASE)
_PEM: Final = re.compile(r"-----BEGIN ([A-Z ]*PRIVATE KEY( BLOCK)?)-----.*?(?:-----END \1-----|\Z)", re.DOTALL)
_JWT: Final = re.compile(r"\beyJ[\w-]{6,}(?:(?:\.|%2E)[\w-]*){1,4}", re.IGNORECASE)
_KEYS: Final = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[\w-]{16,}|sk_(?:live|test)_\w{16,}|[rp]k_(?:live|test)_\w{16,}|whsec_\w{16,}"  # OpenAI, Anthropic, Stripe
    r"|gh[opsur]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{16,}"
    r"|hf_\w{20,}|gsk_\w{20,}|r8_\w{20,}|pplx-\w{20,}|xai-\w{20,}|fw_\w{20,}|nvapi-[\w-]{20,}|tgp_v1_[\w-]{20,}"
    r"|npm_\w{20,}|pypi-[\w-]{30,}|dop_v1_\w{20,}|shpat_\w{20,}|sq0[a-z]{3}-[\w-]{20,}|dapi[0-9a-f]{32}|lin_api_\w{20,}"
    r"|(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|hvs\.\w{20,}|AGE-SECRET-KEY-1\w{20,}|[0-9]{8,10}:AA[\w-]{32,}"
    r")"
)
_EMAIL: Final = re.compile(
    r"(?<![\w.+%-])[\w.!#$'*+/?^`{|}~-]{1,64}(?:@|%40|&#0*64;|&#x0*40;|\\u0040|\s?[\[(](?:at|AT)[\])]\s?)"
    r"(?:[\w-]{1,63}(?:\.|\s?[\[(](?:dot|DOT)[\])]\s?)){1,8}[^\W\d_][\w-]{1,62}"
)
_CARD: Final = re.compile(
    r"(?<![\w.-])(?:[2-6]\d{12,18}|[2-6]\d{3}"
    r"(?:([ .-])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|([ .-])\d{6}\2\d{4,5}))(?![\w]|[.-]\d)"
)


def scrub(text: str, secret_name: Callable[[str], bool], mask: str) -> str:
    """The text with secrets replaced by `mask`; `secret_name` says whether a name makes its value a secret."""
    if len(text) < 5 or not _HINT.search(text):
        return text
    text = _PEM.sub(mask, text)
    text = _COOKIE.sub(lambda m: m[1] + mask, text)
    text = _named(text, secret_name, mask)
    text = _FLAG.sub(lambda m: m[1] + mask if secret_name(m["name"]) else m[0], text)
    text = _SAID.sub(lambda m: m[1] + mask, text)
    text = _USERINFO.sub(lambda m: m[1] + mask + m[3], text)
    text = _SCHEME.sub(lambda m: m[1] + m[2] + mask if _opaque(m[3]) else m[0], text)
    text = _JWT.sub(mask, text)
    text = _KEYS.sub(mask, text)
    text = _EMAIL.sub(mask, text)
    return _CARD.sub(lambda m: mask if luhn(m[0]) else m[0], text)


def _named(text: str, secret_name: Callable[[str], bool], mask: str) -> str:
    """Mask values behind secret names; behind another name the search goes on inside its value, as URLs nest."""
    parts, position, begin = [], 0, 0
    while match := _NAMED.search(text, begin):
        if secret_name(match["name"]) and not _harmless(match["value"]):
            parts += [text[position : match.start("value")], mask]
            position = begin = match.end()
        else:
            begin = match.start("value")
    return "".join(parts) + text[position:]


def _harmless(value: str) -> bool:
    """Values that a secret's name announces without giving it: numbers counted, nothing, a placeholder."""
    bare = value.strip("\"'` .")
    return bare.lower() in {
        "",
        "true",
        "false",
        "null",
        "none",
        "***",
        "undefined",
        "required",
        "missing",
        "bearer",
        "basic",
    }


def _opaque(value: str) -> bool:
    """A credential after `Bearer`, not the next word of a sentence: it has a digit, a capital inside, or marks."""
    return bool(re.search(r"[0-9._~+/=]|[a-z][A-Z]", value)) or len(value) >= 20


def luhn(digits: str) -> bool:
    """Whether the digits (separators ignored) satisfy the check sum of payment cards."""
    numbers = [int(digit) for digit in digits if digit.isdigit()]
    if not 13 <= len(numbers) <= 19:
        return False
    doubled = (n * 2 - 9 * (n > 4) if index % 2 else n for index, n in enumerate(reversed(numbers)))
    return sum(doubled) % 10 == 0
