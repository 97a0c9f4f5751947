"""Makes a certificate and its key, told as JSON: of an authority, or signed by one."""

from __future__ import annotations

import datetime
import ipaddress
import json
import sys
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def _name(text: str) -> Any:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _host(text: str) -> Any:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _certificate(wanted: dict[str, Any], key: Any, issuer: Any, signer: Any) -> Any:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(
        issuer_name=issuer, subject_name=_name(wanted["name"]), public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now + datetime.timedelta(seconds=wanted["starts"]),
        not_valid_after=now + datetime.timedelta(seconds=wanted["ends"]))
    builder = builder.add_extension(
        x509.BasicConstraints(ca=not wanted["authority"], path_length=None), critical=True)
    if wanted["hosts"]:
        names = x509.SubjectAlternativeName([_host(host) for host in wanted["hosts"]])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(signer, hashes.SHA256())


def main() -> None:
    """Write NAME.crt and NAME.key into a folder."""
    wanted = json.load(sys.stdin)
    folder = Path(wanted["folder"])
    key = ec.generate_private_key(ec.SECP256R1())
    issuer, signer = _name(wanted["name"]), key
    if wanted["authority"]:
        authority = folder / wanted["authority"]
        issuer = x509.load_pem_x509_certificate(authority.with_suffix(".crt").read_bytes()).subject
        signer = serialization.load_pem_private_key(
            authority.with_suffix(".key").read_bytes(), None)
    certificate = _certificate(wanted, key, issuer, signer)
    pem = serialization.Encoding.PEM
    (folder / f"{wanted['name']}.crt").write_bytes(certificate.public_bytes(pem))
    (folder / f"{wanted['name']}.key").write_bytes(key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


if __name__ == "__main__":
    main()
