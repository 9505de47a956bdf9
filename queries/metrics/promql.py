"""From a template in canonical names to the PromQL that is sent.

Templates know these placeholders:

- `$filters` inside a selector's braces: the page's filters that this metric has, escaped
- `$filter(label)` there: the page's filter by this label, for metrics outside the contract
- `$__rate_interval`, `$__interval` (the step), `$__range` (the window's width): durations
- `$__interval_ms`, `$__range_ms`, `$__range_s`: the same as numbers
- `$__within`: a subquery's range and resolution that see every scrape of one step, and none of the step before
- `$unit(metric)`: nothing, or ` * 1000` where a profile says that the deployed metric has another unit
- `$failed(metric)`: the matcher of calls that failed; `$judged(metric)`: of calls that say whether they failed
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Final

from queries.core.time_range import Window
from telemetry.contract import family

if TYPE_CHECKING:
    from queries.metrics.profile import Profile
    from queries.metrics.request import Filters

# Labels that Prometheus itself attaches to everything it scrapes.
TARGET_LABELS: Final = ("environment", "instance", "job")

# A placeholder that begins another one comes after it.
DURATIONS: Final = (
    "$__within",
    "$__rate_interval",
    "$__interval_ms",
    "$__interval",
    "$__range_ms",
    "$__range_s",
    "$__range",
)
_REGEX_SPECIAL: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")
_FILTERED: Final = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)?(\s*)\{([^{}]*?)\$filters\b(\s*,)?")
_FILTERS: Final = re.compile(r",?\s*\$filters\b")
_FILTER: Final = re.compile(r"\$filter\(\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*\)(\s*,)?")
_FAILED: Final = re.compile(r"\$(failed|judged)\(\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\)")
_UNIT: Final = re.compile(r"\$unit\(\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*\)")


def label_value(text: str) -> str:
    """The text as it must stand between double quotes in PromQL."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def literal(text: str) -> str:
    """A regular expression that matches this text only."""
    return _REGEX_SPECIAL.sub(r"\\\g<0>", text)


def without_filters(expr: str) -> str:
    """An expression without its placeholders of filters, so that it can be parsed."""
    return _FILTERS.sub("", _FILTER.sub("", expr))


def labels_filtered(template: str) -> tuple[str, ...]:
    """The labels that a template filters by with `$filter(label)`."""
    return tuple(dict.fromkeys(label for label, _ in _FILTER.findall(template)))


def matcher(label: str, values: Collection[str]) -> str:
    """`label="a"`, or `label=~"a|b"` with every alternative taken literally; empty for no values."""
    unique = sorted(set(values))
    if not unique:
        return ""
    if len(unique) == 1:
        return f'{label}="{label_value(unique[0])}"'
    alternatives = "|".join(map(literal, unique))
    return f'{label}=~"{label_value(alternatives)}"'


def matchers(filters: Filters, metric_labels: Collection[str]) -> str:
    """The filters whose label the metric has, sorted by label, joined by commas; may be empty."""
    return ",".join(
        text for label in sorted(filters) if label in metric_labels and (text := matcher(label, filters[label]))
    )


def labels_of(metric: str) -> tuple[str, ...]:
    """Labels that a filter may use on a metric: the contract's for our own, and the target's for all."""
    known = family(metric)
    return (*(known.all_labels if known else ()), *TARGET_LABELS)


def expand(template: str, window: Window, filters: Filters, profile: Profile) -> str:
    """The template as deployed PromQL: filters, durations and units filled in, names translated by the profile."""
    return profile.translate(canonical(template, window, filters, profile), f"{window.scrape_interval}s")


def canonical(template: str, window: Window, filters: Filters, profile: Profile) -> str:
    """The template with everything filled in, still in canonical names."""
    durations = dict(zip(DURATIONS, _durations(window), strict=True))

    def matchers_of(name: str) -> str:
        return matchers(profile.filters_of(name, filters), labels_of(name))

    return fill(template, profile, durations, matchers_of, lambda label: matcher(label, filters.get(label, ())))


def _durations(window: Window) -> tuple[str, ...]:
    """The values of DURATIONS."""
    width = max(window.seconds, window.step)
    return (
        f"{max(window.step - 1, 1)}s:{window.scrape_interval}s",
        f"{window.rate_interval}s",
        f"{window.step * 1_000}",
        f"{window.step}s",
        f"{width * 1_000}",
        f"{width}",
        f"{width}s",
    )


def fill(
    template: str,
    profile: Profile,
    durations: Mapping[str, str],
    matchers_of: Callable[[str], str],
    matcher_of: Callable[[str], str] = lambda _: "",
) -> str:
    """The template with these durations by placeholder.

    `matchers_of` gives the matchers of a metric for `$filters`, `matcher_of` that of a label for `$filter(label)`.
    """
    # Values of filters come last: what they hold is text, never a placeholder.
    text = _UNIT.sub(lambda match: profile.unit_factor(match[1]), template)
    text = _FAILED.sub(lambda match: getattr(profile, match[1])(match[2]), text)
    for placeholder, duration in durations.items():
        text = text.replace(placeholder, duration)
    return _with_filters(text, matchers_of, matcher_of)


def _with_filters(template: str, matchers_of: Callable[[str], str], matcher_of: Callable[[str], str]) -> str:
    def filter_of(match: re.Match[str]) -> str:
        added = matcher_of(match[1])
        return f"{added}{match[2] or ''}" if added else ""

    parts, end = [], 0
    for match in _FILTERED.finditer(template):
        name, space, before, comma = match[1] or "", match[2], _FILTER.sub(filter_of, match[3]), match[4] or ""
        if added := matchers_of(name):
            filled = f"{name}{space}{{{before}{added}{comma}"
        else:
            filled = f"{name}{space}{{{before.rstrip().removesuffix(',') if not comma else before}"
        parts += [_FILTER.sub(filter_of, template[end : match.start()]), filled]
        end = match.end()
    return "".join([*parts, _FILTER.sub(filter_of, template[end:])])
