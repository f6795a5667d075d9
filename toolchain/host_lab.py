"""Names the programs that the host lab runs, and the Debian packages of those that are missing."""

from __future__ import annotations

from cmp.installation import HERE, Installation
from toolchain.system_packages import PACKAGES, lacking

PROGRAMS = (
    *("ip", "tc", "ss", "sysctl", "nft", "ifup", "run-parts", "ping", "ps", "mount"),
    *("sshd", "ssh", "ssh-keygen", "vtysh", "unbound", "tayga", "radvd", "unshare", "nsenter", "setpriv"),
)
"""What its nodes and the lab itself call, beside a shell's own."""


def missing_packages(*more: str) -> tuple[str, ...]:
    """The packages whose programs are not there, sorted; `more` are programs that one site alone needs."""
    return tuple(sorted({PACKAGES[program] for program in lacking(*PROGRAMS, *more)}))


def install_command(packages: tuple[str, ...], here: Installation = HERE) -> str:
    """How to get packages without their daemons starting on the machine itself."""
    named = " ".join(packages)
    if here.checkout is None:
        return f"as root: sh {here.shipped('toolchain/system_packages.sh')} {named}"
    return f"as root: make system-packages, or apt-get install {named}"
