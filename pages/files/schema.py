"""The JSON Schema of a board file, for completion and checks in editors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING
from typing import Any, Final

from pages.files import shapes

_SCALARS: Final[Mapping[Any, str]] = {str: "string", int: "integer", float: "number", bool: "boolean"}


def schema(shape: type, functions: Iterable[str]) -> dict[str, Any]:
    """The schema of a class and, under `$defs`, of every class in it."""
    names, definitions = sorted(functions), dict[str, Any]()
    root = _reference(shape, names, definitions)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": definitions}


def _of(shape: Any, names: list[str], definitions: dict[str, Any]) -> dict[str, Any]:
    inner = shapes.optional(shape)
    if inner is not None:
        return {"anyOf": [_of(inner, names, definitions), {"const": shapes.NONE}]}
    if kinds := shapes.choices(shape):
        return {"oneOf": [_reference(part, names, definitions, name) for name, part in kinds.items()]}
    if shapes.is_table(shape):
        return _reference(shape, names, definitions)
    if shapes.is_function(shape):
        return {"enum": names}
    if shapes.is_enum(shape):
        return {"enum": [str(member) for member in shape]}
    if parts := shapes.items(shape):
        if parts[-1] is Ellipsis:
            return {"type": "array", "items": _of(parts[0], names, definitions)}
        items = [_of(part, names, definitions) for part in parts]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
    return {"type": _SCALARS[shape]}


def _reference(shape: type, names: list[str], definitions: dict[str, Any], kind: str = "") -> dict[str, Any]:
    if shape.__name__ not in definitions:
        definitions[shape.__name__] = {}  # so that a class inside itself ends
        definitions[shape.__name__].update(_table(shape, names, definitions, kind))
    return {"$ref": f"#/$defs/{shape.__name__}"}


def _table(shape: type, names: list[str], definitions: dict[str, Any], kind: str) -> dict[str, Any]:
    properties: dict[str, Any] = {shapes.KIND: {"const": kind}} if kind else {}
    required = list(properties)
    for name, (item, inner) in shapes.members(shape).items():
        properties[name] = _of(inner, names, definitions)
        if shapes.default(item) is MISSING:
            required.append(name)
    return {
        "type": "object",
        "description": " ".join((shape.__doc__ or "").split("\n\n")[0].split()),
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
