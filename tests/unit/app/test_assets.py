"""Static files: named by their content, good for a year, and the vendored one is what it says."""

from __future__ import annotations

import hashlib
import json
import re

from plotly.offline import get_plotlyjs_version

from app import assets
from app.html_head import part_addresses

VENDOR = assets.FOLDER / "vendor"


def test_the_vendored_plotly_is_the_version_that_the_plotly_package_brings() -> None:
    assert f"plotly-cartesian-{get_plotlyjs_version()}.min.js" in assets.PLOTLY
    assert f"v{get_plotlyjs_version()}" in (assets.FOLDER / assets.PLOTLY).read_text("utf-8")[:200]


def test_the_vendored_plotly_has_the_checksum_and_the_licence_that_are_written_down() -> None:
    digest = hashlib.sha256((assets.FOLDER / assets.PLOTLY).read_bytes()).hexdigest()

    assert digest in (VENDOR / "README.md").read_text()
    assert "MIT" in (VENDOR / "plotly-LICENSE").read_text()


def test_the_vendored_fonts_have_the_checksums_that_are_written_down() -> None:
    readme = (VENDOR / "README.md").read_text()
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (VENDOR / "fonts").glob("*.ttf")]

    assert len(digests) == 3
    assert all(digest in readme for digest in digests)


def test_a_file_s_name_changes_with_its_content() -> None:
    built = assets.build()

    for address, asset in built.files.items():
        match = re.search(r"\.([0-9a-f]{16})\.[\w.]+$", address)
        assert match is not None
        assert hashlib.sha256(asset.body).hexdigest().startswith(match[1])


def test_systems_that_ask_for_dark_get_the_dark_tokens_without_a_script() -> None:
    static = assets.build()
    body = static.files[static.style].body.decode()
    dark = body.partition("@media(prefers-color-scheme:dark){:root:not([data-theme]){")[2].partition("}")[0]

    assert "--critical: #ff6b61" in dark


def test_the_script_names_its_source_map_which_is_served() -> None:
    static = assets.build()
    script = static.files[static.script].body.decode()
    address = script.rpartition("//# sourceMappingURL=")[2].strip()

    assert static.files[address].type == "application/json"
    assert json.loads(static.files[address].body)["sources"]


def test_only_built_files_are_served() -> None:
    assert {path.name for path in (assets.FOLDER / "dist").iterdir()} == {
        *("app.js", "app.js.map", "app.css", "embed.js", "embed.css", "share.js", "share.css", "palette.js"),
        *("palette.css", "service-worker.js", "service-worker-removal.js", "service-worker-push.js"),
        *("push.js", "push.css", "explore.js", "explore.css"),
        *("touch.js", "touch.css"),
    }


def test_the_search_is_a_script_of_its_own_which_documents_name() -> None:
    built = assets.build()
    assert built.files[built.palette_script].type.endswith("javascript")
    assert f'<meta name="palette" content="{built.palette_script}">' in part_addresses(built)
    assert f'<meta name="palette-style" content="{built.palette_style}">' in part_addresses(built)
    assert b'role="combobox"' not in built.files[built.script].body


def test_the_gestures_of_phones_are_a_script_of_their_own_which_documents_name() -> None:
    built = assets.build()
    assert f'<meta name="touch" content="{built.touch_script}">' in part_addresses(built)
    assert b"Pull to refresh" in built.files[built.touch_script].body
    assert b"Pull to refresh" not in built.files[built.script].body
