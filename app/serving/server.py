"""gunicorn inside `codeagent-dashboards serve`: configured by `app/serving/configuration.py` and GUNICORN_CMD_ARGS."""

from __future__ import annotations

from typing import Any

from gunicorn.app.base import Application
from gunicorn.util import import_app


class Server(Application):  # type: ignore[misc] # gunicorn has no types
    """The dashboards as a gunicorn application; `run()` serves until a signal ends it."""

    def chdir(self) -> None:
        """Stay, and keep the current folder out of the import path: it may hold modules of the same names."""

    def load_config(self) -> None:
        """Read the configuration, then GUNICORN_CMD_ARGS, which win."""
        self.load_config_from_module_name_or_filename("python:app.serving.configuration")
        options = self.cfg.parser().parse_args(self.cfg.get_cmd_args_from_env())
        for name, value in vars(options).items():
            if value is not None and name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The WSGI application, imported by each worker after the fork."""
        return import_app("app.main:server")
