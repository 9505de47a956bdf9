"""What an index can do with its fields, from `_field_caps`: kinds, whole-value variants, nested objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "keyword": ("keyword", "constant_keyword", "wildcard", "version", "counted_keyword"),
    "text": ("text", "match_only_text", "pattern_text", "search_as_you_type"),
    "integer": ("long", "integer", "short", "byte", "unsigned_long"),
    "number": ("double", "float", "half_float", "scaled_float"),
    "flag": ("boolean",),
    "date": ("date",),
    "date_nanos": ("date_nanos",),
    "ip": ("ip",),
    "flattened": ("flattened",),
    "nested": ("nested",),
}
_KIND_OF: Final = {kind: ours for ours, kinds in _KINDS.items() for kind in kinds}
_VARIANTS: Final = ("raw", "keyword")  # sub-fields with the whole value, Serilog's and Elasticsearch's own name
MIXED: Final = "mixed"  # different indices map it differently


@dataclass(frozen=True)
class Caps:
    """`kinds` by document path; paths that cannot be searched are absent.

    `split` has the indices by kind of the paths that are mixed; `unsearchable` are fields that no search reaches, in
    some indices at least.
    """

    kinds: Mapping[str, str] = field(default_factory=dict)
    split: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    unsearchable: frozenset[str] = frozenset()

    def kind(self, path: str) -> str:
        """Its kind, empty for a field that is not there."""
        kind = self.kinds.get(path, "")
        if kind or "." not in path:
            return kind
        parent = path.rpartition(".")[0]
        while parent:
            if self.kinds.get(parent) == "flattened":
                return "flattened"
            parent = parent.rpartition(".")[0]
        return ""

    def whole(self, path: str) -> str:
        """The field to compare and count whole values with; empty when only its words are searchable."""
        kind = self.kind(path)
        return self.variant(path, kind) if kind not in ("", "nested", MIXED) else ""

    def variant(self, path: str, kind: str) -> str:
        """As `whole`, where the field has this kind in some of the indices."""
        if kind == "text":
            return next(
                (f"{path}.{variant}" for variant in _VARIANTS if self.kind(f"{path}.{variant}") == "keyword"), ""
            )
        return path

    def is_object(self, path: str) -> bool:
        """Whether other fields lie below it."""
        return any(kind.startswith(f"{path}.") for kind in self.kinds)

    def nested(self, path: str) -> str:
        """The nested object that the field lies in, empty for none."""
        parent = path.rpartition(".")[0]
        while parent:
            if self.kinds.get(parent) == "nested":
                return parent
            parent = parent.rpartition(".")[0]
        return ""

    def is_variant(self, path: str) -> bool:
        """Whether the field only repeats another one."""
        parent, _, last = path.rpartition(".")
        return last in _VARIANTS and self.kinds.get(parent) in ("text", "keyword")


def caps_of(fields: Mapping[str, Any]) -> Caps:
    """From the `fields` of an answer."""
    kinds, split, unsearchable = {}, {}, set()
    for path, types in fields.items():
        known = {name: about for name, about in types.items() if _KIND_OF.get(name)}
        searchable = {name: about for name, about in known.items() if about.get("searchable", True) or name == "nested"}
        if len(searchable) < len(known) or any(about.get("non_searchable_indices") for about in known.values()):
            unsearchable.add(path)
        kind = _kind(searchable)
        if kind:
            kinds[path] = kind
        if kind == MIXED:
            split[path] = _split(searchable)
    return Caps(kinds, split, frozenset(unsearchable))


def _split(types: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Indices by our kinds."""
    parts: dict[str, tuple[str, ...]] = {}
    for name, about in types.items():
        parts[_KIND_OF[name]] = (*parts.get(_KIND_OF[name], ()), *about.get("indices", ()))
    return parts


def _kind(types: Mapping[str, Any]) -> str:
    kinds = {_KIND_OF.get(name, "") for name in types if name not in ("object", "unmapped", "passthrough")} - {""}
    if len(kinds) < 2:
        return next(iter(kinds), "")
    if kinds <= {"integer", "number"}:
        return "number"
    if kinds <= {"date", "date_nanos"}:
        return "date_nanos"
    return MIXED
