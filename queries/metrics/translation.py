"""From a canonical expression to the PromQL of a deployment.

An aggregation over a canonical metric becomes the same aggregation of each of its parts in deployed labels; the results
get canonical labels and are aggregated once more:

    sum by (kind) (rate(tokens[5m]))
    → sum by (kind) (label_replace(sum (rate(input[5m])), "kind", "prompt", "", "")
                     or label_replace(sum (rate(output[5m])), "kind", "completion", "", ""))

So series are renamed after they have become few, and sums stay exact over restarts and gaps, since each part is
computed from its own counters. Outside an aggregation each selector is replaced, with the function around its range.
A metric that is only named differently keeps its expression as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import isinf
from typing import TYPE_CHECKING, Final

from queries.metrics.expression_parts import Call, Term, Written, aggregation_around, call_around, scan
from queries.metrics.matching import absent, applies, has_value, other_than, renamed, without_value
from queries.metrics.promql import literal
from queries.metrics.promql_text import aggregation, label_replace, marked
from telemetry.contract import Kind, family

if TYPE_CHECKING:
    from queries.metrics.profile import Deployed, Join, LabelSource, Minus, Part, Profile

_DECOMPOSABLE: Final = {"sum": "sum", "min": "min", "max": "max", "group": "group", "count": "sum"}
_NEVER: Final = 'job="",job!=""'


@dataclass(frozen=True)
class _Variant:
    """One part with the sources that are read for its labels, and the matchers that select their series."""

    part: Part
    labels: Mapping[str, tuple[LabelSource, ...]]
    matchers: tuple[str, ...] = ()

    def join(self, labels: Sequence[str]) -> tuple[str, Join] | None:
        """The label among these that another metric has."""
        joined = ((label, source) for label in labels for source in self.labels.get(label, ()))
        return next(((label, source) for label, source in joined if not isinstance(source, str)), None)


@dataclass(frozen=True)
class _Group:
    """A part of an expression that is replaced as a whole: its selectors are all of one canonical metric."""

    expr: str
    start: int
    end: int
    selectors: tuple[Written, ...]
    deployed: Deployed
    labels: tuple[str, ...]  # canonical labels that the result needs
    resolution: str
    aggregation: Call | None = None


def translate(expr: str, profile: Profile, resolution: str) -> str:
    """See `Profile.translate`."""
    for group in reversed(_groups(expr, profile, resolution)):
        expr = expr[: group.start] + _replaced(group) + expr[group.end :]
    return expr


def _groups(expr: str, profile: Profile, resolution: str) -> list[_Group]:
    written, calls = scan(expr)
    ours = [
        (reference, deployed) for reference in written if (deployed := profile.deployed(reference.name)[0]) is not None
    ]
    groups: dict[int, _Group] = {}
    for selector, deployed in ours:
        call = _aggregation(selector, deployed, ours, calls)
        if call is None:
            groups[selector.start] = _alone(expr, selector, deployed, calls, resolution)
        elif call.start not in groups:
            inside = tuple(reference for reference, _ in ours if call.open < reference.start < call.close)
            groups[call.start] = _Group(expr, call.start, call.end, inside, deployed, call.by or (), resolution, call)
    return sorted(groups.values(), key=lambda group: group.start)


def _aggregation(
    selector: Written, deployed: Deployed, ours: Sequence[tuple[Written, Deployed]], calls: list[Call]
) -> Call | None:
    """The aggregation around a selector, if it can be computed part by part and is about this metric alone."""
    call = aggregation_around(selector, calls)
    if call is None or call.by is None or call.name not in _DECOMPOSABLE:
        return None
    inside = [other for reference, other in ours if call.open < reference.start < call.close]
    # An aggregation inside it that is replaced on its own must not be replaced twice.
    nested = any(
        aggregation_around(reference, calls) != call
        for reference, _ in ours
        if call.open < reference.start < call.close
    )
    return call if not nested and all(other is deployed for other in inside) else None


def _alone(expr: str, selector: Written, deployed: Deployed, calls: list[Call], resolution: str) -> _Group:
    call = call_around(selector, calls) if selector.range else None
    start, end = (call.start, call.end) if call else (selector.start, selector.end)
    metric = family(selector.name)
    known = metric.all_labels if metric else ()
    mentioned = set(re.findall(r"[a-zA-Z_]\w*", expr))
    # Where there are several parts, a fixed label tells their series apart.
    mentioned |= {label for part in deployed.parts[1:] for label in part.constants}
    labels = tuple(label for label in known if label in mentioned or aggregation_around(selector, calls) is None)
    return _Group(expr, start, end, (selector,), deployed, labels, resolution)


def _replaced(group: _Group) -> str:
    rows = [row for part in group.deployed.parts for variant in _variants(part, group) if (row := _row(variant, group))]
    if not rows:
        return _nothing(group)
    if len(rows) == 1 and rows[0].is_plain:
        return rows[0].text
    texts = [row.text for row in rows]
    if group.aggregation is None:
        return f"({' or '.join(texts)})" if len(texts) > 1 else texts[0]
    if len(texts) > 1:
        texts = marked(texts)
    outer = _DECOMPOSABLE[group.aggregation.name]
    return f"{aggregation(outer, group.labels)} ({' or '.join(texts)})"


@dataclass(frozen=True)
class _Row:
    """The expression of one variant; `is_plain` when its labels are the canonical ones already."""

    text: str
    is_plain: bool


def _row(variant: _Variant, group: _Group) -> _Row | None:
    """The variant's series with canonical labels; None when the matchers exclude all of them."""
    body = _body(variant, group, variant.part.name)
    if body is None:
        return None
    text = _minus(body, variant, group)
    histogram = (metric := family(group.selectors[0].name)) is not None and metric.kind is Kind.HISTOGRAM
    if group.deployed.factor != 1 and not histogram:
        text = f"{text} * {group.deployed.factor:g}"
    join = variant.join((*group.labels, *_matched(group)))
    if join:
        text = _joined(text, *join, group)
    copied = _copied(text, variant, group)
    return _Row(copied, copied == body)


def _body(variant: _Variant, group: _Group, name: str) -> str | None:
    """The group's own text with the selectors of the variant, aggregated by deployed labels."""
    text, position = "", group.aggregation.open + 1 if group.aggregation else group.start
    for written in group.selectors:
        selector = _selector(written, variant, group, name)
        if selector is None:
            return None
        text += group.expr[position : written.start] + selector
        position = written.end
    if group.aggregation is None:
        return text + group.expr[position : group.end]
    text += group.expr[position : group.aggregation.close]
    by = _deployed_labels(variant, group)
    if by == group.labels:
        head, tail = group.expr[group.start : group.aggregation.open], group.expr[group.aggregation.close : group.end]
        return f"{head}({text}{tail}"
    return f"{aggregation(group.aggregation.name, by)} ({text})"


def _deployed_labels(variant: _Variant, group: _Group) -> tuple[str, ...]:
    """The labels that the inner aggregation keeps, in deployed names."""
    labels: list[str] = []
    for label in group.labels:
        sources = variant.labels.get(label, (label,))
        if label not in variant.part.constants:
            labels += [source for source in sources if isinstance(source, str)]
    join = variant.join((*group.labels, *_matched(group)))
    return tuple(dict.fromkeys([*labels, *([join[1].on] if join else [])]))


def _selector(written: Written, variant: _Variant, group: _Group, name: str) -> str | None:
    """One selector in deployed names; None when a constant or an absent label does not match."""
    terms = _terms(written.terms or (), variant)
    if terms is None:
        return None
    part = variant.part
    matchers = [*terms, *variant.matchers, *([part.where] if part.where else [])]
    suffix = _suffix(written.name)
    braces = f"{{{','.join(matchers)}}}" if matchers or written.terms is not None else ""
    text = _expression(part.expr, matchers) if part.expr else name + suffix + braces
    return _converted(text, part, written, group.resolution)


def _terms(terms: Sequence[Term], variant: _Variant) -> list[str] | None:
    """Matchers in deployed names."""
    matchers: list[str] = []
    for term in terms:
        sources = variant.labels.get(term.label)
        if term.label in variant.part.constants or sources == ():
            if not applies(term, variant.part.constants.get(term.label, "")):
                return None
        elif sources is None:
            matchers.append(term.text)
        elif isinstance(sources[0], str):
            matchers.append(renamed(term, sources[0], _deployed_values(variant, term.label)))
    return matchers


def _deployed_values(variant: _Variant, label: str) -> Mapping[str, tuple[str, ...]]:
    """Deployed values by canonical value; the last source of a label also says that it has none."""
    values, unset = variant.part.values.get(label, {}), variant.part.unset.get(label, "")
    is_last = variant.labels.get(label, ())[-1:] == variant.part.labels.get(label, ())[-1:]
    return {**values, without_value(label): (unset,)} if unset and is_last else values


def _converted(text: str, part: Part, written: Written, resolution: str) -> str:
    """The selector with its range and offset; numbers of a gauge are converted before a function sees them."""
    span, offset = written.range, f" {written.offset}" if written.offset else ""
    if isinf(part.drop_above) and not part.states:
        if part.expr:
            text, span = f"({text})", span and f"{span[:-1]}:{resolution}]"
        return f"{text}{span}{offset}"
    if not isinf(part.drop_above):
        text = f"({text} <= {part.drop_above:g})"
    if part.states:
        text = f"({' + '.join(f'{value:g} * ({text} == bool {state:g})' for state, value in part.states if value)})"
    return f"{text}{span[:-1]}:{resolution}]{offset}" if span else f"{text}{offset}"


def _expression(expr: str, matchers: Sequence[str]) -> str:
    joined = ",".join(matchers)
    return re.sub(r"\{([^{}]*?),?\s*\$filters\s*\}", lambda m: f"{{{','.join(t for t in (m[1], joined) if t)}}}", expr)


def _minus(text: str, variant: _Variant, group: _Group) -> str:
    """The parts that other metrics count are taken away; never below zero."""
    others = [
        body for minus in variant.part.minus if (body := _body(_subtracted(variant, minus), group, minus.names[0]))
    ]
    if not others or (group.aggregation and group.aggregation.name != "sum"):
        return text
    if group.aggregation is None:
        return f"clamp_min({text}{''.join(f' - ({other} or 0 * {text})' for other in others)}, 0)"
    summands = " or ".join(marked([text, *(f"-{other}" for other in others)]))
    return f"clamp_min({aggregation('sum', _deployed_labels(variant, group))} ({summands}), 0)"


def _subtracted(variant: _Variant, minus: Minus) -> _Variant:
    return replace(variant, part=replace(variant.part, where=minus.where or variant.part.where))


def _joined(text: str, label: str, join: Join, group: _Group) -> str:
    """The series with a label of another metric; those without a match stay, unless a filter asks for the label."""
    terms = [term for written in group.selectors for term in written.terms or ()]
    own = [renamed(term, join.label, {}) for term in terms if term.label == label]
    target = [term.text for term in terms if term.label in ("job", "environment", "instance")]
    matchers = ",".join(dict.fromkeys([*own, *target]))
    other = f"topk by ({join.on}) (1, group by ({join.on}, {join.label}) ({join.metric}{{{matchers}}}))"
    joined = f"{text} * on ({join.on}) group_left ({join.label}) {other}"
    return f"({joined})" if own else f"({joined} or {text} unless on ({join.on}) {other})"


def _copied(text: str, variant: _Variant, group: _Group) -> str:
    """The series with each canonical label that the result needs, from its sources; the first source wins."""
    for label in group.labels:
        values = variant.part.values.get(label, {})
        if label in variant.part.constants:
            text = label_replace(text, label, variant.part.constants[label], "", "")
            continue
        sources = variant.labels.get(label, ())
        unset = variant.part.unset.get(label, "")
        if unset and sources:
            text = label_replace(text, label, without_value(label), _label_of(sources[-1]), literal(unset))
        for source in reversed(sources):
            name, pattern = _label_of(source), other_than(unset) if unset else "(.+)"
            text = text if name == label else label_replace(text, label, "$1", name, pattern)
            for canonical, deployed in values.items():
                text = label_replace(text, label, canonical, name, "|".join(literal(value) for value in deployed))
    return text


def _label_of(source: LabelSource) -> str:
    return source if isinstance(source, str) else source.label


def _variants(part: Part, group: _Group) -> Iterator[_Variant]:
    """A part, or several variants of it where a label has several sources and a matcher or a join must choose."""
    chosen = [(label, part.labels.get(label, ())) for label in dict.fromkeys((*group.labels, *_matched(group)))]
    split = [(label, sources) for label, sources in chosen if len(sources) > 1 and _must_choose(label, sources, group)]
    for choice in product(*(range(len(sources)) for _, sources in split)):
        labels, matchers = dict(part.labels), list[str]()
        for (label, sources), number in zip(split, choice, strict=True):
            labels[label] = (sources[number],)
            matchers += _only(sources, number, part.unset.get(label, ""))
        yield _Variant(part, labels, tuple(matchers))


def _must_choose(label: str, sources: Sequence[LabelSource], group: _Group) -> bool:
    return label in _matched(group) or any(not isinstance(source, str) for source in sources)


def _only(sources: Sequence[LabelSource], number: int, unset: str) -> list[str]:
    """Matchers of the series whose label comes from that source; from the last one it may be unset."""
    source, own = sources[number], "" if number == len(sources) - 1 else unset
    return [*([has_value(source, own)] if isinstance(source, str) else []), *absent(sources[:number], unset)]


def _matched(group: _Group) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term.label for written in group.selectors for term in written.terms or ()))


def _nothing(group: _Group) -> str:
    """A valid expression without series: no part can have what the matchers ask for."""
    bare = replace(group.deployed.parts[0], labels={}, constants={}, where=_NEVER, minus=(), expr="")
    if not bare.names:
        bare = replace(bare, names=(group.selectors[0].name.removesuffix(_suffix(group.selectors[0].name)),))
    return _body(_Variant(bare, {}), group, bare.name) or ""


def _suffix(series: str) -> str:
    metric = family(series)
    return series.removeprefix(metric.name) if metric else ""
