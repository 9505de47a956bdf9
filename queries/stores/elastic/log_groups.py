"""Lines grouped: by template, by what stands out, and which fields they have."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from queries.core.deadline import Deadline
from queries.logs import patterns as grouping
from queries.logs.types import CANONICAL, LogLine, LogPatterns, LogQuery
from queries.search.results import Count, FieldInfo, FieldList, SignificantValues
from queries.stores.documents.log_layout import LogLayout
from queries.stores.elastic import paging as pages
from queries.stores.elastic.aggs import buckets, without
from queries.stores.elastic.client import Answer, Cluster, quality
from queries.stores.elastic.dsl import Field, Query, every, exists, none_of
from queries.stores.elastic.log_fields import LogFields, condition, read_levels
from queries.stores.elastic.log_queries import line_of, slice_of
from queries.stores.elastic.schema import Schema
from queries.stores.elastic.significant_values import significant_values

_TEMPLATES: Final = 1_000
_SAMPLE: Final = 5_000  # lines without a template that are looked at
_PART: Final = 500
_MOST_TEXT: Final = 20_000_000  # characters of a sample
_EXAMPLE: Final = 2_000
_KIND: Final = {bool: "flag", int: "number", float: "number"}
_KINDS: Final = {"integer": "number", "number": "number", "flag": "flag", "date": "time", "date_nanos": "time"}
_STANDING: Final = ("level", "service", "host", "logger", "environment", "template", "exception.type")


def log_patterns(
    cluster: Cluster,
    schema: Schema[LogLayout],
    fields: LogFields,
    query: LogQuery,
    size: int,
    begun: float,
    deadline: Deadline,
) -> LogPatterns:
    """By the services' own templates where the index can count them; the rest by a sample of the newest."""
    where = condition(query, fields)
    templates = [field for field in fields.fields_for("template") if field.whole and not field.indices]
    answer = cluster.search(schema.index, _templates_body(fields, where, templates), deadline)
    groups = list(_groups(fields, answer))
    counted = sum(group.lines for group in groups)
    rest = every([where, *(none_of(exists(template)) for template in templates)])
    answers = [answer]
    if int(answer.total.value) > counted:
        lines, sampled = _sample(cluster, schema, fields, rest, deadline)
        answers += sampled
        groups += [_group(line) for line in lines]
    looked_at = sum(group.lines for group in groups)
    late = ["The rarest or oldest messages are left out."] if looked_at < answer.total.value else []
    return LogPatterns(
        grouping.merge_groups(groups, size),
        looked_at,
        Count(max(looked_at, answer.total.value)),
        quality(answers, begun, [*schema.notes, *late]),
    )


def _templates_body(fields: LogFields, where: Query, templates: Sequence[Field]) -> dict[str, Any]:
    example = {"top_hits": {"size": 1, "_source": list(fields.layout.brief), "sort": ["_doc"]}}
    times = {"first": {"min": {"field": fields.layout.time}}, "last": {"max": {"field": fields.layout.time}}}
    inner = {**fields.level_counts(), **times, "example": example}
    aggs = {
        f"templates{n}": without(templates[:n], {"terms": {"field": template.whole, "size": _TEMPLATES}, "aggs": inner})
        for n, template in enumerate(templates)
    }
    return {"query": where, "size": 0, "track_total_hits": True, **({"aggs": aggs} if aggs else {})}


def _groups(fields: LogFields, answer: Answer) -> Iterator[grouping.Group]:
    """One for each template and level; times and example are the template's."""
    for aggregation in answer.aggregations.values():
        for template, bucket in buckets(aggregation):
            if not template:
                continue  # lines that have an empty one are grouped by their shape
            first, last = (int(bucket[edge]["value"] or 0) * 1_000_000 for edge in ("first", "last"))
            hit = bucket["example"]["hits"]["hits"][0]
            message = fields.layout.text(hit.get("_source", {}), "message")[:_EXAMPLE]
            for level, lines in read_levels(bucket).items():
                yield grouping.Group(template, level, lines, first, last, message)


def _group(line: LogLine) -> grouping.Group:
    return grouping.Group(
        line.template, line.level or line.raw_level, 1, line.at_ns, line.at_ns, line.message[:_EXAMPLE]
    )


def _sample(
    cluster: Cluster, schema: Schema[LogLayout], fields: LogFields, where: Query, deadline: Deadline
) -> tuple[list[LogLine], list[Answer]]:
    """The newest lines, in parts, while there are time and room; and the answers that they are of."""
    lines: list[LogLine] = []
    answers: list[Answer] = []
    behind, text = None, 0
    half = time.monotonic() + deadline.remaining / 2
    body = {"query": where, "_source": list(fields.layout.brief), "track_total_hits": False}
    while len(lines) < _SAMPLE and text < _MOST_TEXT and time.monotonic() < half:
        part = slice_of(fields, False, _PART, behind)
        hits, answer = pages.read(cluster, schema.index, part, body, deadline)
        answers.append(answer)
        more = [line_of(fields, hit) for hit in hits]
        lines += more
        text += sum(len(line.message) for line in more)
        if len(hits) < _PART:
            break
        behind = more[-1].position
    return lines, answers


def field_list(fields: LogFields, lines: Sequence[LogLine], limit: int) -> FieldList:
    """Canonical fields, then those of the lines by frequency, then those that only the mapping knows."""
    counts: dict[str, int] = {}
    kinds: dict[str, str] = {}
    for line in lines:
        for name, value in line.fields.items():
            counts[name] = counts.get(name, 0) + 1
            kinds.setdefault(name, _KIND.get(type(value), "text"))
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    mapped = [field for field in _mapped(fields) if field.name not in counts]
    own = [FieldInfo(name, kinds[name], counts[name]) for name in ordered] + mapped
    room = max(0, limit - len(CANONICAL))
    return FieldList((*(FieldInfo(name) for name in CANONICAL), *own[:room]), max(0, len(own) - room))


def _mapped(fields: LogFields) -> Iterator[FieldInfo]:
    prefixes = [prefix for prefix in fields.layout.own if prefix]
    for path in sorted(fields.caps.kinds):
        prefix = next((prefix for prefix in prefixes if path.startswith(prefix)), "")
        kind = fields.caps.kinds[path]
        if prefix and kind != "nested" and not fields.caps.is_variant(path):
            yield FieldInfo(path.removeprefix(prefix), _KINDS.get(kind, "text"))


def log_significant_values(
    cluster: Cluster,
    schema: Schema[LogLayout],
    fields: LogFields,
    selection: LogQuery,
    around: LogQuery,
    size: int,
    begun: float,
    deadline: Deadline,
) -> SignificantValues:
    """Canonical fields and those that the newest selected lines have."""
    inside, outside = condition(selection, fields), condition(around, fields)
    both = every([inside, outside])
    body = {"query": both, "track_total_hits": False}
    newest, _ = pages.read(cluster, schema.index, slice_of(fields, False, 100), body, deadline)
    names = dict.fromkeys(name for hit in newest for name in line_of(fields, hit).fields)
    columns = {name: fields.standing(name) for name in (*_STANDING, *names)}
    return significant_values(cluster, schema.index, columns, both, outside, size, begun, schema.notes, deadline)
