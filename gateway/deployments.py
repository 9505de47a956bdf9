"""Which version an instance runs, and the marks that its deployments leave on the dashboards' charts."""

from __future__ import annotations

from typing import Any, Final

import httpx

from gateway.faults import Switches
from gateway.settings import Settings
from telemetry.logs import get_logger

log = get_logger("CodeAgent.API")
GOOD_VERSION: Final = "2.4.0"
BAD_VERSION: Final = "2.4.1"


def bad_deploy(switches: Switches, settings: Settings) -> Any:
    """The parameters of a bad deployment of this instance, or None."""
    deployed = switches.active("bad-deploy")
    return deployed if deployed and settings.is_meant(deployed["instance"]) else None


class Deployments:
    """Posts a mark whenever the version of this instance changes, where the settings have an address for marks."""

    def __init__(self, switches: Switches, settings: Settings, http: httpx.AsyncClient) -> None:
        self._switches, self._settings, self._http = switches, settings, http
        self._version = GOOD_VERSION

    async def follow(self) -> None:
        """Notice a deployment or its end."""
        version = BAD_VERSION if bad_deploy(self._switches, self._settings) else GOOD_VERSION
        if version == self._version:
            return
        self._version = version
        log.info("Version {Version} is deployed on {Instance}", Version=version, Instance=self._settings.instance)
        if self._settings.marks_url and self._settings.marks_token_file:
            await self._mark(f"gateway {version} on {self._settings.instance}")

    async def _mark(self, title: str) -> None:
        try:
            assert self._settings.marks_token_file
            headers = {"authorization": f"Bearer {self._settings.marks_token_file.read_text().strip()}"}
            answer = await self._http.post(self._settings.marks_url, json={"title": title}, headers=headers, timeout=2)
            answer.raise_for_status()
        except (httpx.HTTPError, OSError) as error:
            log.warning("A deployment could not be marked: {Reason}", Reason=str(error))
