"""What BuildGrid's server reads."""

from __future__ import annotations

from pathlib import Path

from campaigns.remote.engines.security import Security

INSTANCE = "main"
WORKERS = "workers"  # the same by a name that needs no token: buildbox-casd has none without TLS
# Clients come by TCP; workers by a socket, without TLS. Everything is polled often: BuildGrid's
# own intervals are for thousands of workers.
_SETTINGS = """\
server:
  - !channel
    address: "{address}"
{channel}
  - !channel
    address: "unix:farm.sock"
    insecure-mode: true
{authorization}
connections:
  - !sql-connection &database
    connection-string: "{database}"
    pool-size: 20
    max-overflow: 20
storages:
  - !disk-storage &content
    path: "content"
caches:
  - !lru-action-cache &results
    storage: *content
    max-cached-refs: 1000000
schedulers:
  - !sql-scheduler &scheduler
    sql: *database
    storage: *content
    action-cache: *results
    poll-interval: 0.2
    bot-poll-interval: 0.2
    bot-session-keepalive-timeout: {patience}
    session-expiry-timer-interval: 0.5
    instance-pools:
      - ["{instance}", "{workers}"]
    assigners:
      - !priority-age-assigner
        interval: 0.1
        jitter-factor: 0.1
        failure-backoff: 0.1
instances:
  - name: ["{instance}", "{workers}"]
    services:
      - !action-cache
        cache: *results
      - !execution
        scheduler: *scheduler
        operation-stream-keepalive-timeout: 5
      - !cas
        storage: *content
      - !bytestream
        storage: *content
thread-pool-size: 100
"""
_AUTHORIZATION = """\
authorization:
  method: jwt
  secret: "secret"
  algorithm: hs256
  allow-unauthenticated-instances: ["workers"]
"""


def write_settings(path: Path, address: str, database: str, security: Security,
                   patience: int) -> None:
    """Write them to `path`, the server's folder; `patience` is how long a worker may be silent."""
    path.write_text(_SETTINGS.format(
        address=address, database=database, instance=INSTANCE, workers=WORKERS,
        patience=patience, channel=_channel(security),
        authorization=_AUTHORIZATION if security.secret else ""))


def _channel(security: Security) -> str:
    if security.identity is None:
        return "    insecure-mode: true"
    files = {"tls-server-key": security.identity.key,
             "tls-server-cert": security.identity.certificate}
    if security.demands_certificates and security.authority is not None:
        files["tls-client-certs"] = security.authority
    return "\n".join(["    insecure-mode: false", "    credentials:",
                      *(f'      {name}: "{path}"' for name, path in files.items())])
