"""The connection to a server."""

from __future__ import annotations

import grpc
import grpc.aio

from ltogen.base.errors import UserError
from ltogen.remote.endpoint import Endpoint

_LARGEST = 64 << 20  # bytes of an answer: outputs may be in it
_OPTIONS = (
    ("grpc.max_receive_message_length", _LARGEST),
    ("grpc.max_send_message_length", -1),
    # Who waits and asks again is retries.py.
    ("grpc.enable_retries", 0),
    ("grpc.service_config_disable_resolution", 1),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.min_reconnect_backoff_ms", 2_000),  # how long a connection may take
    ("grpc.max_reconnect_backoff_ms", 5_000),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.http2.max_pings_without_data", 0),
)


def open_channel(endpoint: Endpoint, version: str, keepalive: float) -> grpc.aio.Channel:
    """A channel that connects when it is used. `keepalive`: seconds, 0 for never.

    Raises UserError for certificates that cannot be read.
    """
    options = [*_OPTIONS, ("grpc.primary_user_agent", f"ltogen/{version}")]
    if keepalive:
        options.append(("grpc.keepalive_time_ms", int(keepalive * 1000)))
    if not endpoint.secure:
        return grpc.aio.insecure_channel(endpoint.target, options)
    credentials = grpc.ssl_channel_credentials(
        _read(endpoint.ca_file), _read(endpoint.key_file), _read(endpoint.certificate_file))
    return grpc.aio.secure_channel(endpoint.target, credentials, options)


def _read(path: str) -> bytes | None:
    if not path:
        return None
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; it is to be a PEM file") from None
    if b"-----BEGIN " not in data:
        raise UserError(f"{path}: no PEM file, as certificates and keys are to be")
    return data
