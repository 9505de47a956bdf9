"""The command line: `codeagent-dashboards serve`, `demo`, `check`, `detect`, `rules`, `export-grafana` and others."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.settings import Settings, SettingsError, variable
from demo import command as demo
from queries.core.redact import redact
from telemetry import retention_command

# What `add_subparsers` returns, which argparse does not export.
Commands = Any


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 when all is well, 1 when a check failed, 2 when a setting or option cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.load(chosen=_option_values(options))
        return int(options.run(settings, options))
    except SettingsError as problem:
        sys.stderr.write(f"codeagent-dashboards: {problem}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="codeagent-dashboards", description="Dashboards of the CodeAgent Gateway.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--prometheus", metavar="URL", help="address of Prometheus (CODEAGENT_PROMETHEUS_URL)")
    common.add_argument("--profile", metavar="NAME", help="names of metrics: auto, a shipped profile, a TOML file")
    _add_serving(commands, common)
    _add_exports(commands, common)
    _add_board_files(commands, common)
    _add_links(commands)
    _add_push(commands)
    _add_report(commands, common)
    settings = commands.add_parser("settings", help="print every setting, its value and the reason for its default")
    settings.add_argument("--markdown", action="store_true", help="as the table of docs/monitoring-guide.md")
    settings.set_defaults(run=_settings)
    retention = commands.add_parser("retention", help="delete logs and traces past their age, and say what it did")
    retention_command.add_arguments(retention)
    retention.set_defaults(run=lambda _, chosen: retention_command.run(chosen))
    return parser


def _add_serving(commands: Commands, common: argparse.ArgumentParser) -> None:
    """`serve`, and what helps to set it up."""
    serve = commands.add_parser("serve", parents=[common], help="serve the dashboards with gunicorn")
    serve.add_argument("--alertmanager", metavar="URL", help="address of Alertmanager")
    serve.add_argument("--port", help="port on 127.0.0.1 (8050)")
    serve.add_argument("--workers", help="worker processes (1); from two on they share a cache by Redis")
    serve.set_defaults(run=_serve)
    trial = commands.add_parser("demo", help="start a sample gateway, Prometheus and the dashboards on this machine")
    demo.add_arguments(trial)
    trial.set_defaults(run=lambda _, chosen: demo.run(chosen))
    check = commands.add_parser("check", parents=[common], help="run every query of every panel and report")
    check.add_argument("--range", default="", metavar="RANGE", help="how far back to look, e.g. now-6h")
    check.add_argument("--board", action="append", default=[], metavar="ID", help="only this board; may be repeated")
    check.set_defaults(run=_check)
    detect = commands.add_parser(
        "detect", parents=[common], help="say which gateways a Prometheus has, and what boards show"
    )
    detect.set_defaults(run=_detect)


def _add_exports(commands: Commands, common: argparse.ArgumentParser) -> None:
    """What is written for Grafana, Perses and Prometheus."""
    export = commands.add_parser("export-grafana", parents=[common], help="write the boards as Grafana dashboards")
    export.add_argument("folder", metavar="DIR", type=Path, help="folder to write to; existing files are overwritten")
    export.add_argument("--app-url", metavar="URL", default="http://127.0.0.1:8050", help="address that links lead to")
    export.set_defaults(run=_export_grafana)
    perses = commands.add_parser("export-perses", parents=[common], help="write the boards as dashboards of Perses")
    perses.add_argument("folder", metavar="DIR", type=Path, help="folder to write to; existing files are overwritten")
    perses.add_argument("--app-url", metavar="URL", default="http://127.0.0.1:8050", help="address that links lead to")
    perses.set_defaults(run=_export_perses)
    rules = commands.add_parser("rules", parents=[common], help="print alert and recording rules for Prometheus")
    rules.add_argument(
        "--runbooks", metavar="URL", default="/runbooks/", help="what the name of a runbook is appended to"
    )
    rules.add_argument("--overrides", metavar="FILE", type=Path, help="a TOML file with your own thresholds")
    rules.add_argument("--markdown", action="store_true", help="as the table of docs/alerting.md")
    rules.set_defaults(run=_rules)


def _add_board_files(commands: Commands, common: argparse.ArgumentParser) -> None:
    """Boards in files: imported, proposed, printed, described."""
    load = commands.add_parser("import-grafana", help="write dashboards of Grafana as board files, and report")
    load.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a dashboard's JSON, in schema v1 or v2")
    load.add_argument("--to", metavar="DIR", type=Path, help="folder to write to (CODEAGENT_BOARDS_DIR)")
    load.add_argument("--overwrite", action="store_true", help="replace board files that exist")
    load.set_defaults(run=_import_grafana)
    new = commands.add_parser("new", parents=[common], help="print a board file for metrics, by their types and units")
    new.add_argument("--metric", metavar="PREFIX", required=True, help="what the names of the metrics begin with")
    new.set_defaults(run=_new)
    show = commands.add_parser("show", help="print a board as the file that it can be changed in")
    show.add_argument("board", metavar="BOARD", help="id of the board: overview, providers …")
    show.add_argument("--yaml", action="store_true", help="as YAML")
    show.set_defaults(run=_show)
    schema = commands.add_parser("schema", help="print the JSON Schema of board files, for completion in editors")
    schema.set_defaults(run=_schema)


def _add_report(commands: Commands, common: argparse.ArgumentParser) -> None:
    """A board as a file."""
    report = commands.add_parser("report", parents=[common], help="write or send a board as PDF, for cron")
    report.add_argument("board", metavar="BOARD", help="id of the board: overview, providers …")
    report.add_argument("--to", metavar="FILE", type=Path, help="the PDF; an existing file is overwritten")
    report.add_argument(
        "--send",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="send it to mail or chat: a file with an address of apprise, such as mailtos://…; may be repeated",
    )
    report.add_argument("--range", default="", metavar="RANGE", help="how far back to look, e.g. now-24h")
    report.add_argument("--theme", choices=("light", "dark"), default="light")
    report.add_argument("--filter", action="append", default=[], metavar="LABEL=VALUE", help="may be repeated")
    report.set_defaults(run=_report)


def _report(settings: Settings, options: argparse.Namespace) -> int:
    from app.report import ReportOptions, report  # as above

    parameters, channels = tuple(options.filter), tuple(options.send)
    chosen = ReportOptions(options.board, options.to, options.range, options.theme, parameters, channels)
    return report(settings, chosen, sys.stdout.write, sys.stderr.write)


def _add_links(commands: Commands) -> None:
    """Links for those who cannot sign in."""
    links = commands.add_parser("links", help="signed links to boards and panels: create, list, revoke")
    actions = links.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create", help="print the signed address of a picture, or of a page for a frame")
    create.add_argument(
        "target",
        metavar="BOARD[/PANEL]",
        help="id of the board and of the panel; kiosk/PLAYLIST for a display, whose token does not expire; "
        "runbooks for Alertmanager's templates",
    )
    create.add_argument("--base", metavar="URL", help="address of the dashboards (CODEAGENT_PUBLIC_URL)")
    create.add_argument("--embed", action="store_true", help="the page for a frame, in place of the picture")
    create.add_argument(
        "--free", action="append", default=[], metavar="LABEL", help="readers may filter by it; may be repeated"
    )
    create.add_argument("--days", metavar="N", type=float, default=30, help="how long it works (30); 0 for ever")
    create.add_argument("--filter", action="append", default=[], metavar="LABEL=VALUE", help="may be repeated")
    create.add_argument("--longest", metavar="DURATION", default="7d", help="the largest range that it shows (7d)")
    create.set_defaults(run=_create_link)
    actions.add_parser("list", help="print every link").set_defaults(run=_list_links)
    revoke = actions.add_parser("revoke", help="refuse a link from now on")
    revoke.add_argument("id", metavar="ID", help="as `list` prints it")
    revoke.set_defaults(run=_revoke_link)


def _add_push(commands: Commands) -> None:
    """Notifications in browsers."""
    push = commands.add_parser("push", help="push notifications: create a key, list and remove subscriptions")
    actions = push.add_subparsers(required=True, metavar="ACTION")
    create = actions.add_parser("create-key", help="write the key by which push services recognise this app")
    create.add_argument("file", metavar="FILE", type=Path, help="a file that does not exist; keep it secret")
    create.set_defaults(run=_create_push_key)
    actions.add_parser("list", help="print the browsers that get notifications").set_defaults(run=_list_push)
    remove = actions.add_parser("remove", help="end a subscription")
    remove.add_argument("id", metavar="ID", help="as `list` prints it")
    remove.set_defaults(run=_remove_push)


def _create_push_key(_: Settings, options: argparse.Namespace) -> int:
    from app.push_commands import create  # as above

    return create(options.file, sys.stdout.write, sys.stderr.write)


def _list_push(settings: Settings, _: argparse.Namespace) -> int:
    from app.push_commands import listing  # as above

    return listing(settings, sys.stdout.write, sys.stderr.write)


def _remove_push(settings: Settings, options: argparse.Namespace) -> int:
    from app.push_commands import remove  # as above

    return remove(settings, options.id, sys.stdout.write, sys.stderr.write)


def _create_link(settings: Settings, options: argparse.Namespace) -> int:
    from app.link_commands import LinkOptions, create  # as above

    base = (options.base or settings.public_url or "http://127.0.0.1:8050").rstrip("/")
    chosen = LinkOptions(
        options.target, base, options.days, options.filter, options.longest, options.embed, options.free
    )
    return create(settings, chosen, sys.stdout.write, sys.stderr.write)


def _list_links(settings: Settings, _: argparse.Namespace) -> int:
    from app.link_commands import listing  # as above

    return listing(settings, sys.stdout.write, sys.stderr.write)


def _revoke_link(settings: Settings, options: argparse.Namespace) -> int:
    from app.link_commands import revoke  # as above

    return revoke(settings, options.id, sys.stdout.write, sys.stderr.write)


def _option_values(options: argparse.Namespace) -> dict[str, object]:
    """Options are settings by another name, and win over the environment."""
    names = {
        "prometheus": "prometheus_url",
        "alertmanager": "alertmanager_url",
        "profile": "profile",
        "port": "port",
        "workers": "workers",
    }
    return {name: getattr(options, option, None) for option, name in names.items()}


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    # These import the whole app; `settings` and `--help` should not wait for it.
    from app.serving.configuration import address
    from app.serving.server import Server

    sys.stdout.write(f"Dashboards on http://{address(settings)}, reading {redact(settings.prometheus_url)}\n")
    sys.stdout.flush()
    Server(settings).run()
    return 0


def _check(settings: Settings, options: argparse.Namespace) -> int:
    from app.check import check  # as above

    return check(settings, options.board, options.range, sys.stdout.write)


def _detect(settings: Settings, _: argparse.Namespace) -> int:
    from app.detect import detect  # as above

    return detect(settings, sys.stdout.write)


def _export_grafana(settings: Settings, options: argparse.Namespace) -> int:
    from app.grafana.command import export  # as above

    return export(settings, options.folder, options.app_url, sys.stdout.write)


def _export_perses(settings: Settings, options: argparse.Namespace) -> int:
    from app.perses.command import export  # as above

    return export(settings, options.folder, options.app_url, sys.stdout.write)


def _rules(settings: Settings, options: argparse.Namespace) -> int:
    from app.rules.command import RuleOptions, rules  # as above
    from app.rules.markdown import alert_table  # as above

    if options.markdown:
        sys.stdout.write(alert_table())
        return 0
    return rules(settings, RuleOptions(options.runbooks, options.overrides), sys.stdout.write)


def _import_grafana(settings: Settings, options: argparse.Namespace) -> int:
    from app.grafana.importing.command import ImportOptions, import_files  # as above

    chosen = ImportOptions(options.to, options.overwrite)
    return import_files(settings, options.files, chosen, sys.stdout.write)


def _new(settings: Settings, options: argparse.Namespace) -> int:
    from app.new_board import new_board  # as above

    return new_board(settings, options.metric, sys.stdout.write, sys.stderr.write)


def _show(settings: Settings, options: argparse.Namespace) -> int:
    from app.board_commands import show  # as above

    return show(settings, options.board, sys.stdout.write, sys.stderr.write, as_yaml=options.yaml)


def _schema(_: Settings, __: argparse.Namespace) -> int:
    from app.board_commands import print_schema  # as above

    return print_schema(sys.stdout.write)


def _settings(settings: Settings, options: argparse.Namespace) -> int:
    if options.markdown:
        sys.stdout.write(settings_table())
        return 0
    for name, field in Settings.model_fields.items():
        value = redact(str(getattr(settings, name)))
        sys.stdout.write(f"{variable(name)}={value}\n    {field.description}\n")
    return 0


def settings_table() -> str:
    """Every setting with its default and the reason for it, as a table in Markdown."""
    rows = ["| variable | default | why this default |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", ()) else f"`{field.default}`"
        rows.append(f"| `{variable(name)}` | {default} | {field.description} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.exit(main())
