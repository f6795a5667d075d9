"""Refuses to speak to a cloud in plain text, or to one whose certificate nobody looks at."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cmp.errors import Invalid, Refused
from cmp.sentences import Sentence

_REMEDY = (
    "name its https:// address; where its certificate is of an authority of your own, name that in `cacert` "
    "of clouds.yaml or `ca_bundle` of the AWS profile; or lead a tunnel to a port of this machine"
)


def refuse_plain(cloud: str, url: str) -> None:
    """Refuse plain HTTP to anything but this machine, where the labs are.

    A redirect or a catalog may name an address too: this is asked of every request, not of settings alone.

    Raises:
        Refused: it is another machine's address: whoever is on the way could read and change what is said.
    """
    asked = urlsplit(url)
    if asked.scheme.lower() == "https" or is_this_machine(url):
        return
    raise Refused(
        Sentence(
            "cloud {cloud}: {scheme}://{rpartition} would be spoken to in plain text, "
            "passwords too: not asked",
            cloud=cloud,
            scheme=asked.scheme,
            rpartition=asked.netloc.rpartition("@")[2],
        ),
        hint=_REMEDY,
    )


def refuse_unverified(cloud: str, verify: bool | str | None) -> None:
    """Refuse a connection that takes any certificate.

    Args:
        cloud: for the sentence.
        verify: whether its certificate is looked at; or the file of the authorities that it may be of.

    Raises:
        Refused: it is not, by `verify: false` or `insecure: true` of clouds.yaml.
        Invalid: there is no such file.
    """
    if not verify:
        raise Refused(
            Sentence(
                "cloud {cloud}: nobody would look at its certificate (verify: false, or insecure): not asked",
                cloud=cloud,
            ),
            hint=_REMEDY,
        )
    if isinstance(verify, str) and not Path(verify).exists():
        raise Invalid(
            Sentence(
                "cloud {cloud}: there is no file {verify} of certificate authorities",
                cloud=cloud,
                verify=verify,
            ),
            hint=_REMEDY,
        )


def is_this_machine(url: str) -> bool:
    """True for an address of this machine: no proxy may be asked for it, which would carry it elsewhere."""
    host = urlsplit(url).hostname or ""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
