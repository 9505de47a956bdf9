"""Local receivers that play PagerDuty, Slack, Teams, text messages and a mail server, and keep what they are sent."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Received:
    """A request: its path, its headers by lower-case name, and its body as JSON, or as the fields of a form."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    instant: float  # of its arrival, epoch seconds


@dataclass
class Receivers:
    """What has arrived, in the order of arrival."""

    url: str = ""
    smtp_port: int = 0
    requests: list[Received] = field(default_factory=list)
    mails: list[tuple[EmailMessage, float]] = field(default_factory=list)

    def requests_to(self, path: str) -> list[Received]:
        """The requests whose path begins so."""
        return [request for request in list(self.requests) if request.path.startswith(path)]

    def mails_to(self, address: str) -> list[EmailMessage]:
        """The mails to an address."""
        return [mail for mail, _ in list(self.mails) if address in str(mail["To"])]

    def instant(self, arrived: Received | EmailMessage) -> float:
        """When it arrived, in epoch seconds."""
        if isinstance(arrived, Received):
            return arrived.instant
        return next(instant for mail, instant in self.mails if mail is arrived)


def html_of(mail: EmailMessage) -> str:
    """The part of a mail that is HTML."""
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


@contextmanager
def receivers() -> Iterator[Receivers]:
    """The servers on free ports of loopback, for the block."""
    record = Receivers()
    web = ThreadingHTTPServer(("127.0.0.1", 0), _handler(record))
    mail = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _smtp_handler(record))
    web.daemon_threads = mail.daemon_threads = True
    record.url, record.smtp_port = f"http://127.0.0.1:{web.server_address[1]}", mail.server_address[1]
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in (web, mail)]
    for thread in threads:
        thread.start()
    try:
        yield record
    finally:
        for server in (web, mail):
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


def _handler(record: Receivers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"])).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_form = "urlencoded" in headers.get("content-type", "") and not data.startswith("{")
            body = {name: values[0] for name, values in parse_qs(data).items()} if is_form else json.loads(data)
            record.requests.append(Received(self.path, headers, body, time.time()))
            answer = b"ok" if self.path.startswith("/services/") else b"{}"  # Slack answers in words
            self.send_response(202 if self.path.startswith("/v2/") else 200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


def _smtp_handler(record: Receivers) -> type[socketserver.StreamRequestHandler]:
    class Handler(socketserver.StreamRequestHandler):
        """As much of SMTP as clients need that send one mail without encryption."""

        def handle(self) -> None:
            self._say("220 test ESMTP")
            for line in iter(self.rfile.readline, b""):
                verb = line[:4].upper()
                if verb == b"EHLO":
                    self._say("250 test")
                elif verb == b"DATA":
                    self._say("354 end with a dot")
                    self._keep()
                    self._say("250 kept")
                elif verb == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _keep(self) -> None:
            received = iter(self.rfile.readline, b".\r\n")
            lines = [line.removeprefix(b".") if line.startswith(b"..") else line for line in received]
            mail = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            record.mails.append((mail, time.time()))

        def _say(self, line: str) -> None:
            self.wfile.write(f"{line}\r\n".encode())

    return Handler
