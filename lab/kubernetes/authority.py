"""Makes one certificate authority per cluster and the few certificates and keys its programs need."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lab.folder import write_private
from lab.kubernetes.layout import Place

_DAY = dt.timedelta(days=1)
_YEARS = 10
_NAMES = ("localhost", "kubernetes.default.svc")
_ADDRESSES = ("127.0.0.1", "::1")
ADMINISTRATOR = "lab-admin"
PROGRAMS = {
    "kube-controller-manager": "system:kube-controller-manager",
    "kube-scheduler": "system:kube-scheduler",
    "kwok": "kwok",
    "claims": "claims",
}
"""Programs that are clients of their cluster, with the names they go by."""


def make(place: Place) -> None:
    """Make all keys of a cluster, for ten years; what was there is replaced."""
    now = dt.datetime.now(dt.UTC)  # noqa: TID251 - certificates hold by this machine's own clock
    authority = _Authority(place, now)
    authority.issue("server", "kube-apiserver", (), ExtendedKeyUsageOID.SERVER_AUTH)
    for program, name in PROGRAMS.items():
        authority.issue(program, name, ())
        _kubeconfig(place, program)
    authority.issue("admin", ADMINISTRATOR, ("system:masters",))
    _kubeconfig(place, "admin")
    _account_keys(place.keys)


class _Authority:
    """A cluster's own authority: it signs for this cluster alone, and may found no other."""

    def __init__(self, place: Place, now: dt.datetime) -> None:
        self._folder, self._now = place.keys, now
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(f"{place.name}-authority")
        certificate = (
            self._begun(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage_of_authority(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        _write(self._folder / "ca.crt", certificate.public_bytes(serialization.Encoding.PEM))

    def issue(
        self,
        file: str,
        name: str,
        groups: tuple[str, ...],
        usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
    ) -> None:
        """Write `<file>.crt` and `<file>.key`."""
        key = ec.generate_private_key(ec.SECP256R1())
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            self._begun(_name(name, groups), key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            .add_extension(authority, critical=False)
        )
        if usage == ExtendedKeyUsageOID.SERVER_AUTH:
            builder = builder.add_extension(_reached_by(), critical=False)
        certificate = builder.sign(self._key, hashes.SHA256())
        _write(self._folder / f"{file}.crt", certificate.public_bytes(serialization.Encoding.PEM))
        _write(self._folder / f"{file}.key", _pem(key))

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _DAY)
            .not_valid_after(self._now + 365 * _YEARS * _DAY)
        )


def _kubeconfig(place: Place, user: str) -> None:
    """Write the access file of a program: everything inside, JSON, which is YAML too."""
    inside = {file: _encoded(place.keys / file) for file in ("ca.crt", f"{user}.crt", f"{user}.key")}
    keys = {
        "client-certificate-data": inside[f"{user}.crt"],
        "client-key-data": inside[f"{user}.key"],
    }
    write_private(place.kubeconfig(user), kubeconfig({place.name: (place.url, inside["ca.crt"], keys)}))


def kubeconfig(contexts: dict[str, tuple[str, str, dict[str, str]]]) -> str:
    """An access file with a context per cluster: its URL, its authority in base64, and the user's keys."""
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {"name": name, "cluster": {"server": url, "certificate-authority-data": authority}}
                for name, (url, authority, _) in contexts.items()
            ],
            "users": [{"name": name, "user": keys} for name, (_, _, keys) in contexts.items()],
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in contexts],
            "current-context": next(iter(contexts), ""),
        },
        indent=1,
    )


def authority_of(place: Place) -> str:
    """The certificate of a cluster's authority, in base64 as access files have it."""
    return _encoded(place.keys / "ca.crt")


def _account_keys(folder: Path) -> None:
    """The key by which the tokens of service accounts are signed."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    _write(folder / "accounts.key", _pem(key))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    _write(folder / "accounts.pub", key.public_key().public_bytes(serialization.Encoding.PEM, form))


def _name(common: str, groups: tuple[str, ...] = ()) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    parts += [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name(parts)


def _usage_of_authority() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _reached_by() -> x509.SubjectAlternativeName:
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in _NAMES]
    return x509.SubjectAlternativeName(
        [*names, *(x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES)]
    )


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode("ascii")


def _write(path: Path, content: bytes) -> None:
    write_private(path, content.decode("ascii"))
