"""The key by which push services recognise this app (RFC 8292), in a file of the operator."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from py_vapid.utils import b64urlencode

TOKEN_SECONDS: Final = 12 * 3_600  # services refuse more than a day


@dataclass(frozen=True)
class PushKey:
    """Signs requests. `public` is what browsers subscribe with: the uncompressed point in base64 for URLs."""

    vapid: Vapid02
    public: str

    def headers(self, origin: str, contact: str, now: float) -> Mapping[str, str]:
        """The headers that identify this app to the service at an origin, at `now` (epoch seconds).

        `contact` is a mailto: or https: address of the operator.
        """
        claims = {"aud": origin, "exp": int(now) + TOKEN_SECONDS, "sub": contact}
        return {"Authorization": str(self.vapid.sign(claims)["Authorization"])}


def load_key(path: Path) -> PushKey:
    """The key in a file. Raises ValueError with what to do."""
    try:
        vapid = Vapid02.from_pem(path.read_bytes())
        point = vapid.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    except Exception as problem:  # the libraries raise a dozen types for bytes that are no key
        what = problem.strerror if isinstance(problem, OSError) else "it has no private key of the curve P-256"
        raise ValueError(f"{what}; `codeagent-dashboards push create-key FILE` writes one") from None
    return PushKey(vapid, b64urlencode(point))


def create_key(path: Path) -> PushKey:
    """Write a new key that only this user may read. Raises FileExistsError, OSError."""
    vapid = Vapid02()
    vapid.generate_keys()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(vapid.private_pem())
    return load_key(path)
