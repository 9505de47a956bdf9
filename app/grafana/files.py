"""The files of an export: dashboards in both schemas, provisioning, and the specification's example."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from string import Template
from typing import Final

from app.grafana import boards, v1, v2
from app.grafana.boards import Export
from app.grafana.model import Json
from panels.spec import Dashboard

# As the specification of the gateway has it, which is the body of a request to Grafana's API.
_SPECIFICATION: Final = Path(__file__).with_name("specification.json")
_DATA_SOURCE: Final = Template("""\
apiVersion: 1
datasources:
  - name: Prometheus
    uid: codeagent-prometheus
    type: prometheus
    access: proxy
    url: $prometheus
    isDefault: true
    jsonData:
      httpMethod: POST
      timeInterval: ${scrape_interval}s
      exemplarTraceIdDestinations:
        - name: trace_id
          url: $app/trace?id=$$$${__value.raw}
          urlDisplayLabel: Trace in CodeAgent Dashboards
""")
_DASHBOARDS: Final = Template("""\
apiVersion: 1
providers:
  - name: $name
    folder: CodeAgent
    type: file
    allowUiUpdates: false
    options:
      path: /etc/grafana/dashboards/$name
""")


def files(dashboards: Collection[Dashboard], export: Export, prometheus_url: str) -> Mapping[str, str]:
    """The text of each file by its path. Dashboards that the deployment cannot fill are left out."""
    exported = [board for board in dashboards if export.panels(board)]
    texts = {}
    for board in exported:
        converted = boards.dashboard(board, exported, export)
        texts[f"v1/{board.id}.json"] = json_text(v1.document(converted))
        texts[f"v2/{board.id}.json"] = json_text(v2.document(converted))
    if export.deployment.is_contract:
        texts["specification/codeagent-api-overview.json"] = _SPECIFICATION.read_text("utf-8")
    return {**texts, **_provisioning(export, prometheus_url)}


def _provisioning(export: Export, prometheus_url: str) -> Mapping[str, str]:
    values = {
        "name": export.prefix,
        "prometheus": prometheus_url,
        "app": export.app_url,
        "scrape_interval": str(export.deployment.scrape_interval),
    }
    return {
        "provisioning/dashboards/codeagent.yaml": _DASHBOARDS.substitute(values),
        "provisioning/datasources/codeagent.yaml": _DATA_SOURCE.substitute(values),
    }


def json_text(content: Json) -> str:
    """A document as the text of a file."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
