"""Makes what plays and name servers take of the secrets that an environment names: passwords, TSIG keys.

A name is written as a reference, or bare as earlier versions had it: `office` is `secret://sudo/office`, or
`secret://tsig/office` where a key is meant (RFC 8945). Both are asked for in the moment before they are used.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from cmp.errors import Invalid
from cmp.ports.secrets import SCHEME, SUDO, TSIG
from cmp.sentences import Sentence

_CLAUSE: Final = re.compile(
    r'^\s*key\s+"?(?P<name>[A-Za-z0-9._-]+)"?\s*\{(?P<body>[^{}]*)\}\s*;?\s*$', re.MULTILINE
)
_OPTION: Final = re.compile(r'\b(algorithm|secret)\s+"?([A-Za-z0-9+/=._-]+)"?\s*;')
_COMMENT: Final = re.compile(r"/\*.*?\*/|(?://|#)[^\n]*", re.DOTALL)


def sudo_password(named: str, reveal: Callable[[str], str]) -> str:
    """The password of this name: the first line of the secret.

    Raises:
        Invalid: there is none of that name, or its first line is empty; no sentence repeats it.
        NotOurs: somebody else may have put it there.
        Refused: whoever keeps it does not let us have it.
        TryLater: whoever keeps it cannot be asked.
    """
    reference = _reference(named, SUDO)
    told = reveal(reference).partition("\n")[0].rstrip("\r")
    if not told:
        raise Invalid(
            Sentence("{reference} holds no password", reference=reference),
            hint=Sentence(
                "keep the password that sudo asks for: `tricenter secret {reference}`", reference=reference
            ),
        )
    return told


def key_of(named: str, reveal: Callable[[str], str]) -> dict[str, str]:
    """The key of this name: its name, algorithm and secret, as programs are given it on standard input.

    Raises:
        Invalid: there is none of that name, or it is no key; no sentence repeats the secret.
        NotOurs: somebody else may have put it there.
        Refused: whoever keeps it does not let us have it.
        TryLater: whoever keeps it cannot be asked.
    """
    reference = _reference(named, TSIG)
    for clause in _CLAUSE.finditer(_COMMENT.sub("", reveal(reference))):
        found = dict(_OPTION.findall(clause["body"]))
        name = clause["name"].rstrip(".")
        if found.keys() == {"algorithm", "secret"} and named in {f"{name}.", name, reference}:
            return {"name": name, **found}
    raise Invalid(
        Sentence("{reference} holds no key with `algorithm` and `secret`", reference=reference),
        hint=Sentence(
            "keep the name server's key as `tsig-keygen` writes it: `tricenter secret {reference} < FILE`",
            reference=reference,
        ),
    )


def _reference(named: str, scope: str) -> str:
    return named if named.startswith(SCHEME) else f"{scope}{named}"
