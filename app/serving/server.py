"""gunicorn inside `codeagent-dashboards serve`, configured by `app/serving/configuration.py` and GUNICORN_CMD_ARGS."""

from __future__ import annotations

from typing import Any

from gunicorn.app.base import Application

from app.serving.configuration import options
from app.settings import Settings


class Server(Application):  # type: ignore[misc] # gunicorn has no types
    """The dashboards as a gunicorn application; `run()` serves until a signal ends it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__(prog="codeagent-dashboards serve")

    def chdir(self) -> None:
        """Stay, and keep the current folder out of the import path: it may hold modules of the same names."""

    def load_config(self) -> None:
        """Take the options, then GUNICORN_CMD_ARGS, which win."""
        arguments = vars(self.cfg.parser().parse_args(self.cfg.get_cmd_args_from_env()))
        chosen = {name: value for name, value in arguments.items() if value is not None and name in self.cfg.settings}
        for name, value in {**options(self.settings), **chosen}.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The WSGI application, built by each worker after the fork."""
        from app.serving.start import start_or_exit

        return start_or_exit(self.settings)
