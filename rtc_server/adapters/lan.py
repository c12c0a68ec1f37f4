"""HTTPS on one's own network: this machine's addresses there, and a certificate that it signs for them itself.

Browsers open a camera on HTTPS pages and on loopback only, so a phone needs this. Never for production. The rule that
is easy to break: key and certificate are one file, written whole and readable by its owner alone, so that no crash
leaves a certificate without its key.
"""

import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ifaddr
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rtc_server.config import CannotStart

LASTS = timedelta(days=90)
RENEWED_BEFORE_END = timedelta(days=7)
# RFC 5737: an address for documentation. Nothing is sent to it; connecting only asks the system for its own address.
ELSEWHERE = ("192.0.2.1", 9)


def certificate_file(data_path: Path) -> Path:
    return data_path / "lan" / "key-and-certificate.pem"


def addresses() -> list[str]:
    """This machine's IPv4 addresses that others may reach, the one it speaks to others from first; maybe none."""
    found = [str(ip.ip) for adapter in ifaddr.get_adapters() for ip in adapter.ips if ip.is_IPv4]
    reachable = [text for text in dict.fromkeys(found) if _is_reachable(text)]
    first = _outgoing()
    return sorted(reachable, key=lambda text: text != first)


def _is_reachable(text: str) -> bool:
    address = ipaddress.ip_address(text)
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)


def _outgoing() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def make_certificate(path: Path, reachable: Sequence[str]) -> None:
    """Have a certificate for these addresses, this machine's name and loopback; one that still serves stays."""
    names = {"localhost", "127.0.0.1", *reachable, *_own_names()}
    now = datetime.now(UTC)
    there = _read(path)
    is_ours = there is not None and set(_names(there)) == names
    if there is not None and is_ours and there.not_valid_after_utc - RENEWED_BEFORE_END > now:
        path.chmod(0o600)
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_signed(sorted(names), now))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _own_names() -> set[str]:
    name = socket.gethostname().lower()
    return {name, f"{name.removesuffix('.local')}.local"} if name and name.isascii() else set()


def _signed(names: Sequence[str], now: datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    whose = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Quick Connect on this network")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(whose)
        .issuer_name(whose)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # a phone's clock may be a little late
        .not_valid_after(now + LASTS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        # Whoever trusts it trusts it for this server, never as an authority for others.
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + certificate.public_bytes(pem)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def tls_context(file: str) -> ssl.SSLContext | None:
    """What web speaks HTTPS with; None without a file. Raises CannotStart."""
    if not file:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(file)
    except OSError as error:
        raise CannotStart("TLS_FILE holds no key and certificate that can be used") from error
    return context


def names_of(path: Path) -> list[str]:
    """The names and addresses that a certificate file stands for; none when it cannot be read."""
    certificate = _read(path)
    return [] if certificate is None else _names(certificate)


def _read(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    addresses = [str(address) for address in alternatives.get_values_for_type(x509.IPAddress)]
    return [*alternatives.get_values_for_type(x509.DNSName), *addresses]
