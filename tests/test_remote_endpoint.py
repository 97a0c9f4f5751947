"""Addresses of remote execution servers, and what they are shown."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ltogen.base.errors import UserError
from ltogen.remote.client import Client
from ltogen.remote.endpoint import Endpoint
from ltogen.remote.errors import UnreachableError
from tests.support.casd import Server, free_port
from tests.support.engines import needs_casd
from tests.support.grpc_proxy import Proxy
from tests.support.remote import HASTY, client_of, do, shell

TLS: dict[str, Any] = {"address": "grpcs://build.example:443"}


@pytest.mark.parametrize(("address", "target"), [
    ("grpc://build.example:8980", "dns:///build.example:8980"),
    ("grpcs://10.0.0.1:443", "dns:///10.0.0.1:443"),
    ("grpc://[::1]:8980", "dns:///[::1]:8980"),
    ("unix:/run/build/socket", "unix:/run/build/socket"),
    ("unix:socket", "unix:socket"),
    ("unix:///run/build/socket", "unix:///run/build/socket"),
])
def test_addresses(address: str, target: str) -> None:
    assert Endpoint(address=address).target == target


@pytest.mark.parametrize(("given", "part"), [
    ({"address": ""}, "no such kind of address; an address is grpc://HOST:PORT"),
    ({"address": "build.example:8980"}, "no such kind of address"),
    ({"address": "http://build.example:8980"}, "no such kind of address"),
    ({"address": "grpc://build.example"}, "no host with a port"),
    ({"address": "grpc://build.example:0"}, "no host with a port"),
    ({"address": "grpc://build.example:70000"}, "no host with a port"),
    ({"address": "grpc://build.example:80/main"}, "no host with a port"),
    ({"address": "grpc://build example:80"}, "no host with a port"),
    ({"address": "unix:"}, "no path of a socket"),
    ({"address": "unix://host/socket"}, "no path of a socket"),
    ({**TLS, "instance": "main/blobs"}, "no instance of a server can have the name 'main/blobs'"),
    ({**TLS, "instance": "/main"}, "no instance of a server can have the name"),
    ({**TLS, "certificate_file": "c.pem"}, "a client's certificate without its key"),
    ({**TLS, "key_file": "k.pem"}, "a client's key without its certificate"),
    ({"address": "grpc://build.example:80", "ca_file": "c.pem"}, "certificates need TLS"),
    ({**TLS, "token_file": "t", "token_command": ("t",)}, "give one of them"),
    ({"address": "grpc://build.example:80", "token_file": "t"}, "for all to read"),
    ({**TLS, "headers": (("X-Key", "v"),)}, "'X-Key' is no name of a header"),
    ({**TLS, "headers": (("grpc-x", "v"),)}, "'grpc-x' is no name of a header"),
    ({**TLS, "headers": (("x-bin", "v"),)}, "'x-bin' is no name of a header"),
    ({**TLS, "headers": (("x-key", "a\nb"),)}, "x-key has a value that is no line"),
])
def test_what_cannot_be_used(given: dict[str, Any], part: str) -> None:
    with pytest.raises(UserError) as error:
        Endpoint(**given)
    assert part in str(error.value)
    assert "\n" not in str(error.value)


def test_what_is_shown_is_in_no_text() -> None:
    endpoint = Endpoint(**TLS, headers=(("x-key", "hidden"),), token_command=("say", "hidden"),
                        platform=(("os", "linux"),))
    client = Client(endpoint)
    for text in (repr(endpoint), str(endpoint), f"{endpoint}", repr(client), repr(vars(client))):
        assert "hidden" not in text
    with pytest.raises(UserError) as error:
        Endpoint(address="grpc://me:hidden@build.example:80")
    assert "hidden" not in str(error.value)


@pytest.mark.parametrize("address", ["grpc://localhost:80", "grpc://127.0.0.2:80",
                                     "grpc://[::1]:80", "unix:socket"])
def test_a_token_stays_on_this_machine(address: str) -> None:
    Endpoint(address=address, token_file="token")


def _fails_to_open(endpoint: Endpoint) -> str:
    async def scenario() -> None:
        async with Client(endpoint):
            pass
    with pytest.raises(UserError) as error:
        do(scenario())
    assert "\n" not in str(error.value)
    return str(error.value)


def test_files_and_commands_that_are_wrong(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("two words\n")
    for given, part in (
            ({"ca_file": str(tmp_path / "none")}, "none: No such file or directory"),
            ({"ca_file": str(wrong)}, "wrong: no PEM file"),
            ({"token_file": str(tmp_path / "none")}, "none: No such file or directory"),
            ({"token_file": str(wrong)}, "wrong: no token, which is one word"),
            ({"token_command": ("no-such-command",)}, "no-such-command: No such file"),
            ({"token_command": ("sh", "-c", "echo hidden >&2; exit 3")}, "sh: ended with 3"),
            ({"token_command": ("true",)}, "true: no token")):
        said = _fails_to_open(Endpoint(**TLS, **given))
        assert part in said
        assert "hidden" not in said


def _certificates(folder: Path) -> None:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=tests",
            "-days", "2")
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    for name in ("server", "client"):
        openssl("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj",
                f"/CN={name}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", "names")


@needs_casd
@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make certificates")
def test_certificates_of_both_sides(tmp_path: Path) -> None:
    _certificates(tmp_path)
    names: dict[str, Any] = {
        "ca_file": str(tmp_path / "ca.pem"), "key_file": str(tmp_path / "client.key"),
        "certificate_file": str(tmp_path / "client.pem")}

    async def scenario(casd: Server) -> None:
        async with Proxy(casd.address, tmp_path) as proxy:
            async with client_of(proxy.url, **names) as client:
                assert (await client.run(shell("echo said"))).stdout == b"said\n"
            without: list[dict[str, Any]] = [{"ca_file": names["ca_file"]}, {}]
            for given in without:
                async with client_of(proxy.url, HASTY, **given) as client:
                    with pytest.raises(UnreachableError, match=f"{proxy.url}: GetCapabilities"):
                        await client.run(shell("echo said"))
    with Server(tmp_path / "casd") as casd:
        do(scenario(casd))


def test_a_host_that_does_not_exist() -> None:
    async def scenario() -> None:
        async with client_of(f"grpc://no-such-host.invalid:{free_port()}", HASTY) as client:
            with pytest.raises(UnreachableError, match=r"invalid:[0-9]+: GetCapabilities: unav"):
                await client.capabilities()
    do(scenario())
