"""create_app: the wiring, as one list to read from top to bottom. Nothing registers itself on import."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

import dash as framework
from dash import page_container
from flask import Flask, Response, abort, redirect, request

from app import (
    api,
    assets,
    complete_api,
    dash_guard,
    document,
    embeds,
    explore,
    health,
    incident_api,
    links_api,
    logs_api,
    marks_api,
    metrics,
    metrics_api,
    render_api,
    routes,
    security,
    silences_api,
    traces_api,
    wall_pages,
    walls,
)
from app.alert_pictures import panel_picture_url
from app.alert_records import AlertRecords
from app.alert_service import AlertService
from app.alert_writes import AlertWrites
from app.alerting import api as alerting_api
from app.alerting import policy_file
from app.alerting.history import History
from app.alerting.message import Composer
from app.alerting.notes import Notes
from app.alerting.notifier import Notifier
from app.alerting.poller import Poller, RuleAlerts
from app.alerting.push import api as push_api
from app.alerting.silence_log import SilenceLog
from app.alerts import AlertReader
from app.board_catalog import BoardCatalog
from app.board_documents import BoardDocuments
from app.board_page import BoardPages
from app.boards import BoardService
from app.compress import compress
from app.default_filters import DefaultFilters
from app.firing_spans import KnownRules
from app.incident_records import StoredRecords
from app.installable import installable
from app.link_guard import LinkGuard, signer_of
from app.link_maker import LinkMaker
from app.link_previews import LinkPreviews
from app.link_store import link_store
from app.mark_store import ChartMarks, MarkStore
from app.marks_api import MarksApi
from app.metric_reader import BoardMetrics
from app.metric_service import MetricService
from app.panel_pictures import pictures_of
from app.prerender import Prerender
from app.push_parts import PushParts, push_parts
from app.refusals import Refusals
from app.repeats import Repeats
from app.request_limiter import RequestLimiter
from app.response_cache import ResponseCache, compressed
from app.runbook_service import RunbookService
from app.settings import Settings, SettingsError
from app.signed_links import LinkSigner
from app.silences_api import SilencesApi
from app.sources import alert_source, alertmanager_of, engine_of, profiles_of
from app.stores import stores_of
from pages.exploring import PAGES
from pages.session import Stores
from panels import prices
from queries.metrics.diagnose import Diagnostician
from queries.metrics.engine import Engine
from queries.metrics.prometheus.alertmanager import Alertmanager
from queries.metrics.stats import Stats


@dataclass(frozen=True)
class App:
    """The application and the parts that tests look at."""

    dash: framework.Dash
    server: Flask
    engine: Engine
    boards: BoardService
    stores: Stores
    notifier: Notifier | None = None  # started by whoever serves the app


def create_app(settings: Settings, engine: Engine | None = None, clock: Callable[[], float] = time.time) -> App:
    """Build the app; several in one process do not disturb each other."""
    engine = engine or engine_of(settings, clock)
    source = next(iter(engine.sources.values()))
    marks = MarkStore(settings.marks_file) if settings.marks_file else None
    boards = _board_service(settings, engine, source.name, marks, lambda: alert_service.known_rules(), clock)
    static = assets.build()
    bodies = ResponseCache(grace=10.0)
    alerts = AlertReader(
        alert_source(settings, engine.metadata[source.name]), clock, boards=lambda: boards.catalog.current().by_id
    )
    server = Flask("codeagent-dashboards", static_folder=None)
    security.guard(server, settings)
    _serve_static(server, static)
    history = _history(settings)
    push = push_parts(settings, history, static.icon_192, clock)
    server.register_blueprint(installable(static, settings.store_pages, push is not None))
    repeats = Repeats(boards)
    data = api.Api(boards, alerts, bodies, repeats)
    server.register_blueprint(api.blueprint(data))
    guard = LinkGuard(signer_of(settings), settings.user_header, clock)
    server.register_blueprint(links_api.blueprint(_links(settings, guard.signer, boards, repeats, clock)))
    server.register_blueprint(
        render_api.blueprint(render_api.RenderApi(pictures_of(settings, boards), boards.report_zone, repeats, guard))
    )
    metadata, alertmanager = engine.metadata[source.name], alertmanager_of(settings)
    records = AlertRecords(history, SilenceLog(history.transaction), clock) if history else None
    alert_service = AlertService(
        engine,
        source.name,
        metadata,
        alertmanager,
        settings.tenant,
        clock,
        record_source=records,
        has_push=push is not None,
    )
    writes = AlertWrites(alert_service, bodies, records)
    _accept_writes(server, settings, alertmanager, marks, history, push, writes, clock)
    notifier = _notifier(settings, history, metadata, alertmanager, guard.signer, push, clock) if history else None
    known_stores = stores_of(settings, engine.stats, clock, alert_service, RunbookService(boards))
    explored, limiter = MetricService(boards), RequestLimiter()
    stores = replace(known_stores, metrics=BoardMetrics(boards, alerts.source), explored=explored)
    notes = Notes(history.transaction) if history else None
    if history and notes:
        stores = replace(stores, incidents=StoredRecords(history, notes))
    incidents = incident_api.IncidentApi(stores, notes, settings.user_header, clock)
    server.register_blueprint(limiter.limit(incident_api.blueprint(incidents)))
    navigation, names_users = lambda: boards.offer().navigation, bool(settings.user_header)
    explorer = explore.Explorer(stores, PAGES, bodies, static, settings.demo, navigation, names_users, clock)
    server.register_blueprint(limiter.limit(explore.blueprint(explorer)))
    server.register_blueprint(limiter.limit(traces_api.blueprint(stores, clock)))
    server.register_blueprint(limiter.limit(logs_api.blueprint(stores, clock)))
    server.register_blueprint(limiter.limit(complete_api.blueprint(stores, clock)))
    server.register_blueprint(limiter.limit(metrics_api.blueprint(stores, explored)))
    server.register_blueprint(health.blueprint(engine.metadata[source.name]))
    server.register_blueprint(metrics.blueprint(engine.stats))
    _serve_boards(server, settings, data, guard, static, clock)
    dash = _dash(server, settings, engine.stats, boards, document.interpolate(static, boards.catalog.current, clock))
    dash_guard.guard(server, dash)
    compress(server)
    security.protect(server, settings.embed_origins, dash.csp_hashes)
    return App(dash, server, engine, boards, stores, notifier)


def _board_service(
    settings: Settings,
    engine: Engine,
    source: str,
    marks: MarkStore | None,
    rules: KnownRules,
    clock: Callable[[], float],
) -> BoardService:
    boards = BoardService(
        engine,
        source,
        profiles_of(settings, engine.metadata[source], clock),
        settings.tenant,
        ZoneInfo(settings.report_timezone),
        settings.deadline_seconds,
        Diagnostician(),
        prices.load(settings.prices_file, settings.gpu_hour_price),
        clock,
        BoardCatalog(settings.boards_dir),
        rules=rules,
    )
    return boards if marks is None else replace(boards, marks=ChartMarks(marks))


def _links(
    settings: Settings,
    signer: LinkSigner | None,
    boards: BoardService,
    repeats: Repeats,
    clock: Callable[[], float],
) -> links_api.LinksApi:
    """The signed links of the share dialog."""
    known = lambda: boards.catalog.current().by_id  # noqa: E731
    maker = LinkMaker(signer, link_store(settings), known, repeats.with_panel, clock) if signer else None
    return links_api.LinksApi(maker, settings.user_header, settings.public_url, clock)


def _accept_writes(
    server: Flask,
    settings: Settings,
    alertmanager: Alertmanager | None,
    marks: MarkStore | None,
    history: History | None,
    push: PushParts | None,
    changes: AlertWrites,
    clock: Callable[[], float],
) -> None:
    """What can be written: silences, marks, alerts and subscriptions, each where the settings allow it."""
    if alertmanager:
        silences = SilencesApi(alertmanager, settings.user_header, clock, changes.silence_changed)
        server.register_blueprint(silences_api.blueprint(silences))
    if marks is not None:
        server.register_blueprint(marks_api.blueprint(MarksApi(marks, settings.marks_token_file, clock)))
    if history is not None:
        token_file = settings.alert_webhook_token_file
        alerts = alerting_api.AlertsApi(history, token_file, settings.user_header, clock, changes.show)
        server.register_blueprint(alerting_api.blueprint(alerts))
    if push is not None:
        server.register_blueprint(push_api.blueprint(push.api))


def _history(settings: Settings) -> History | None:
    """The alert history, if the settings name a store. Raises SettingsError for a policy file without one."""
    if settings.alert_store_url:
        return History(settings.alert_store_url, frozenset(settings.alert_external_labels))
    if settings.alert_policy_file:
        raise SettingsError(
            "CODEAGENT_ALERT_POLICY_FILE needs CODEAGENT_ALERT_STORE_URL, where it is stored who was notified."
        )
    return None


def _notifier(
    settings: Settings,
    history: History,
    prometheus: RuleAlerts,
    alertmanager: Alertmanager | None,
    signer: LinkSigner | None,
    push: PushParts | None,
    clock: Callable[[], float],
) -> Notifier:
    """What fills the history from both sources and notifies as the policy file says. Raises SettingsError."""
    poller = Poller(history, prometheus, alertmanager)
    if settings.alert_policy_file is None:
        return Notifier(history, poller, clock=clock)
    try:
        plan = policy_file.load(settings.alert_policy_file, push.channel if push else None)
    except ValueError as problem:
        raise SettingsError(f"CODEAGENT_ALERT_POLICY_FILE cannot be used: {problem}") from None
    composer = Composer(
        plan.url, plan.zone, lambda labels, notes, now: panel_picture_url(plan.url, labels, notes, signer, now)
    )
    return Notifier(history, poller, plan.policies, plan.channels, composer, clock)


def _dash(
    server: Flask, settings: Settings, stats: Stats, boards: BoardService, index: Callable[..., str]
) -> framework.Dash:
    create: Any = framework.Dash  # its annotations reject a Flask server
    dash: Any = create(
        "codeagent-dashboards",
        server=server,
        use_pages=True,
        pages_folder="",
        assets_folder=str(assets.FOLDER),
        assets_ignore=".*",
        title="CodeAgent",
        update_title="",
        suppress_callback_exceptions=True,
        use_async=False,
    )
    for page in routes.pages(settings, stats, boards.offer):
        register: Any = framework.register_page
        register(page.name, path=page.path, title=page.title, layout=page.layout)
    dash.layout = page_container
    dash.interpolate_index = index
    application: framework.Dash = dash
    return application


def _serve_static(server: Flask, static: assets.Assets) -> None:
    """Content-addressed files: compressed once, good for a year."""

    @server.get("/static/<name>")
    def static_file(name: str) -> Response:
        asset = static.files.get(f"/static/{name}")
        if asset is None:
            abort(404)
        answer = Response(mimetype=asset.type)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        answer.headers["Vary"] = "Accept-Encoding"
        return compressed(request, answer, {"br": lambda: asset.brotli, "gzip": lambda: asset.gzip}, asset.body)


def _serve_boards(
    server: Flask,
    settings: Settings,
    data: api.Api,
    guard: LinkGuard,
    static: assets.Assets,
    clock: Callable[[], float],
) -> None:
    """Boards, the wall and frames, before Dash answers their addresses."""
    boards = data.boards
    by_id = lambda: boards.catalog.current().by_id  # noqa: E731
    pages = BoardPages(boards.offer, by_id, settings.demo, data.repeats.of_query, data.repeats.with_panel)
    refusals = Refusals(static, clock)
    embeds.serve(server, embeds.Embeds(data, pages.of_request, guard, refusals))
    _refuse_unknown(server, boards.catalog, DefaultFilters(boards))
    previews = LinkPreviews(settings.public_url, guard.signer, clock)
    prerender = Prerender(boards, data.alerts, data.bodies)
    documents = BoardDocuments(pages.of_request, prerender, static, boards.catalog.current, previews, clock)
    playlists = walls.load(settings.walls_file) if settings.walls_file else {}
    server.register_blueprint(
        wall_pages.blueprint(wall_pages.WallPages(playlists, data, pages.wall, guard, documents, refusals))
    )

    @server.before_request
    def board() -> Response | None:
        return documents.response(request)


def _refuse_unknown(server: Flask, catalog: BoardCatalog, defaults: DefaultFilters) -> None:
    """Dash answers any address with its page; a mistyped probe must not look healthy."""

    @server.before_request
    def known() -> Response | None:
        if request.path == "/":
            query = request.query_string.decode()
            return redirect("/overview" + (f"?{query}" if query else ""))  # type: ignore[return-value]
        boards = catalog.current().by_id
        if not routes.exists(request.path, boards):
            return Response(routes.NOT_FOUND, 404, mimetype="text/html")
        board = boards.get(request.path.strip("/"))
        if board is not None and board.single:
            address = defaults.address(board, request.args.to_dict(flat=False))
            return redirect(address) if address else None  # type: ignore[return-value]
        return None
