"""Validation of requests to Dash, which would answer malformed ones with status 500."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from dash import fingerprint
from flask import Flask, Response, request

from app.json_responses import NotFound, error_response, json_response

CALLBACK = "/_dash-update-component"
SCRIPTS = "/_dash-component-suites/"
DATA = "/api/"
PAGES = "/<path:path>"  # Dash answers every address that nothing else does with its page
LARGEST = 64 * 1024  # bytes of a callback's body; the pages send less than two


def guard(server: Flask, dash: Any) -> None:
    """Answer malformed callbacks with 400, unknown scripts and data addresses with 404."""
    # Dash sets itself up with its first request and its first page. Several requests may come first at the same time,
    # and a browser that kept a page asks for its scripts before any page.
    with server.test_request_context("/"):
        server.preprocess_request()
        dash._generate_scripts_html()
        dash._generate_css_dist_html()

    @server.before_request
    def reject_malformed() -> Response | None:
        if request.path == CALLBACK and request.method == "POST":
            return _callback_error(dash.callback_map)
        if request.path.startswith(SCRIPTS) and not _is_script(dash, request.path.removeprefix(SCRIPTS)):
            return Response("There is no such script.\n", 404, mimetype="text/plain")
        if request.path.startswith(DATA) and request.url_rule and request.url_rule.rule == PAGES:
            error = NotFound("There are no data at this address.", "docs/api.md lists the addresses.")
            return error_response(error)
        return None


def _callback_error(known: Mapping[str, Any]) -> Response | None:
    if (request.content_length or 0) > LARGEST:
        return _error(f"The body is larger than {LARGEST:,} bytes.", 413)
    body = _parse(request.get_data())
    callback = known.get(body["output"]) if isinstance(body, dict) and isinstance(body.get("output"), str) else None
    if callback is None or "callback" not in callback:  # without one it runs in the browser
        return _error("The body is not a callback of this app.")
    if not request.is_json or not _matches_callback(body, callback):
        return _error("The inputs of the callback are not understood.")
    return None


def _parse(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def _matches_callback(body: Mapping[str, Any], callback: Mapping[str, Any]) -> bool:
    """Whether a body has exactly the inputs, states and outputs that the callback was registered with."""
    return (
        _names(body.get("inputs", [])) == _names(callback["inputs"])
        and _names(body.get("state", [])) == _names(callback["state"])
        and all(_is_value(value) for value in body.get("inputs", []))
        and _is_outputs(body.get("outputs"), body["output"])
        and _is_texts(body.get("changedPropIds", []))
    )


def _is_value(item: Mapping[str, Any]) -> bool:
    """Whether an input has a value that a page's address can have."""
    value = item.get("value", "")
    return isinstance(value, str) and (item["property"] != "pathname" or value.startswith("/"))


def _names(properties: Any) -> list[tuple[str, str]] | None:
    """Id and property of each; None for what is no list of them."""
    if not isinstance(properties, list) or not all(isinstance(item, dict) for item in properties):
        return None
    names = [(item.get("id"), item.get("property")) for item in properties]
    return names if all(isinstance(word, str) for name in names for word in name) else None


def _is_outputs(outputs: Any, output: str) -> bool:
    """Whether the outputs are those that the callback's name lists (`..a.x...b.y..`)."""
    listed = outputs if isinstance(outputs, list) else [outputs]
    names = _names(listed)
    return names is not None and [f"{name}.{prop}" for name, prop in names] == output.strip(".").split("...")


def _is_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)


def _is_script(dash: Any, path: str) -> bool:
    package, _, file = path.partition("/")
    plain: Any = fingerprint.check_fingerprint  # untyped
    return plain(file)[0] in dash.registered_paths.get(package, ())


def _error(sentence: str, status: int = 400) -> Response:
    return json_response({"error": {"sentence": sentence, "hint": "Reload the page.", "field": ""}}, status)
