"""The noun: a server, and what it is shown."""

from __future__ import annotations

import ipaddress
import re

from msgspec import Struct

from ltogen.base.errors import UserError

_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9_.-]+):([0-9]+)\Z")
_HEADER = re.compile(r"[a-z0-9_.-]+\Z")
_FORMS = "an address is grpc://HOST:PORT, grpcs://HOST:PORT or unix:PATH"


class Endpoint(Struct, frozen=True, kw_only=True):
    """A server by its address. What it is shown is a secret, and in no text of this object's.

    Raises UserError for what cannot be used.
    """

    address: str
    instance: str = ""
    ca_file: str = ""  # of the authority that signed the server's certificate; empty: gRPC's own
    certificate_file: str = ""  # of the client
    key_file: str = ""
    token_file: str = ""
    token_command: tuple[str, ...] = ()  # prints a token
    headers: tuple[tuple[str, str], ...] = ()
    platform: tuple[tuple[str, str], ...] = ()  # of the workers wanted

    def __post_init__(self) -> None:
        _check_address(self.address)
        if "\0" in self.instance or {"", "blobs", "uploads"} & set(
                self.instance.split("/") if self.instance else ()):
            raise UserError(f"{self.address}: no instance of a server can have the name "
                            f"{self.instance!r}; leave it out if the server has one only")
        self._check_secrets()
        for name, value in self.headers:
            _check_header(self.address, name, value)

    @property
    def secure(self) -> bool:
        """Whether the connection is TLS."""
        return self.address.startswith("grpcs://")

    @property
    def target(self) -> str:
        """As gRPC names the address."""
        if self.address.startswith("unix:"):
            return self.address
        return f"dns:///{self.address.partition('://')[2]}"

    def __repr__(self) -> str:
        return f"Endpoint({self.address!r}, instance={self.instance!r})"

    def _check_secrets(self) -> None:
        if bool(self.certificate_file) != bool(self.key_file):
            there, wanted = (("certificate", "key") if self.certificate_file
                             else ("key", "certificate"))
            raise UserError(f"{self.address}: a client's {there} without its {wanted}; "
                            "give both or none")
        if not self.secure and (self.ca_file or self.certificate_file):
            raise UserError(f"{self.address}: certificates need TLS; "
                            "write grpcs:// if the server has it")
        if self.token_file and self.token_command:
            raise UserError(f"{self.address}: a token from a file and one from a command; "
                            "give one of them")
        if (self.token_file or self.token_command) and not (self.secure or _here(self.address)):
            raise UserError(f"{self.address}: a token would go over the network for all to read; "
                            "write grpcs:// if the server has TLS")


def _check_address(address: str) -> None:
    if address.startswith("unix:"):
        path = address.removeprefix("unix:")
        if not path or (path.startswith("//") and not path.startswith("///")):
            raise UserError(f"{address}: no path of a socket; {_FORMS}")
        return
    scheme, found, host = address.partition("://")
    if "@" in host:
        # (What stands before it may be a password.)
        raise UserError(f"{scheme}://…@{host.rpartition('@')[2]}: an address has no user in it; "
                        "give a token by a file or a command")
    if not found or scheme not in ("grpc", "grpcs"):
        raise UserError(f"{address}: no such kind of address; {_FORMS}")
    matched = _HOST.match(host)
    if not matched or not 0 < int(matched[1]) < 1 << 16:
        raise UserError(f"{address}: no host with a port; {_FORMS}")


def _check_header(address: str, name: str, value: str) -> None:
    if not _HEADER.match(name) or name.startswith("grpc-") or name.endswith("-bin"):
        raise UserError(f"{address}: {name!r} is no name of a header that can be sent; it is "
                        "lower-case letters, digits, '-', '_' and '.', and gRPC's own are taken")
    if not value.isascii() or not value.isprintable():
        raise UserError(f"{address}: the header {name} has a value that is no line of ASCII text")


def _here(address: str) -> bool:
    """Whether what is sent to the address stays on this machine."""
    if address.startswith("unix:"):
        return True
    host = address.partition("://")[2].rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
