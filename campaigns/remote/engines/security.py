"""What an engine shows to its clients, and what it demands of them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


@dataclass(frozen=True)
class Security:
    """With an `identity` the engine speaks TLS; `authority` is the certificate of who signed it.

    It may demand that clients have certificates of the same authority, and, with a `secret`, tokens
    that are signed with that.
    """

    identity: Identity | None = None
    authority: Path | None = None
    demands_certificates: bool = False
    secret: str = ""


def make_token(secret: str, seconds: float = 3600, subject: str = "somebody") -> str:
    """A JSON Web Token (HS256) that is good for some seconds; fewer than none make an old one."""
    said = {"sub": subject, "exp": int(time.time() + seconds)}
    text = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(said)}"
    return f"{text}.{_encoded(hmac.digest(secret.encode(), text.encode(), hashlib.sha256))}"


def _part(value: dict[str, object]) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
