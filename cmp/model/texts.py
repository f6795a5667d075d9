"""Defines what texts of the format may say: patterns that leave no room for templates, options, commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import StringConstraints

UNSEEN: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
"""Controls, ends of lines, what turns the direction of writing: nobody sees them, and terminals obey."""

WORDS: Final = rf"^([^{{{UNSEEN}]|\{{[^{{%#{UNSEEN}])*\{{?$"
"""Anything people write on one line, but `{{`, `{%` and `{#`, which begin a template."""
LABEL: Final = rf"""^[^-\s{{}}"'`$\\<>|;&{UNSEEN}][^{{}}"'`$\\<>|;&{UNSEEN}]{{0,79}}$"""
PATH: Final = rf"""^[^-/{{}}"'`$\\<>|;&{UNSEEN}][^{{}}"'`$\\<>|;&{UNSEEN}]{{0,255}}$"""
USER: Final = r"^[A-Za-z_][A-Za-z0-9._-]{0,31}$"
ENTRY: Final = r"^[A-Za-z0-9][A-Za-z0-9._@:/+-]{0,127}$"
IMAGE: Final = r"^[A-Za-z0-9](?:[A-Za-z0-9._/:+-]{0,254}|[A-Za-z0-9._/:+-]{0,182}@sha256:[0-9a-f]{64})$"
URL: Final = (
    r"^(https://[A-Za-z0-9._:\[\]-]{1,255}|http://(127(\.[0-9]{1,3}){3}|localhost|\[::1\])(:[0-9]{1,5})?)"
    r"(/[A-Za-z0-9._~/-]{0,255})?$"
)
MEMBER: Final = r"^[a-z0-9][a-z0-9-]{0,39}(/[a-z0-9][a-z0-9-]{0,39})?$"
SETTING: Final = r"^[A-Za-z_][A-Za-z0-9_]{0,126}$"
ARGUMENT: Final = rf"""^[^{{}}"'`$\\<>|;&{UNSEEN}]{{1,255}}$"""
MOUNT: Final = r"^(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,62}){1,8}$"
REQUEST: Final = r"^/[A-Za-z0-9._~/-]{0,255}$"
HOST: Final = r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]([a-z0-9-]{0,61}[a-z0-9])$"
SECRET: Final = r"^secret://[a-z0-9][a-z0-9-]{0,39}(/[a-z0-9][a-z0-9-]{0,62}){1,3}$"  # noqa: S105 - a form
NAMED_SECRET: Final = rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,127}}$|{SECRET}"
DEVICE: Final = r"^[a-z0-9-]{1,40}(?:/[a-z0-9-]{1,40})?$"
SPAN: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(\.\.[0-9]{4}-[0-9]{2}-[0-9]{2})?$"
WORD: Final = r"^[a-z][a-z0-9-]{0,39}$"

Words = Annotated[str, StringConstraints(pattern=WORDS, max_length=2000)]
"""A text for people."""

Label = Annotated[str, StringConstraints(pattern=LABEL)]
"""A short name for people that also stands in commands and comments: no quotes, nothing a shell reads."""

Path = Annotated[str, StringConstraints(pattern=PATH)]
"""A path from where it is written; never absolute."""

User = Annotated[str, StringConstraints(pattern=USER)]
"""A user of a host."""

Entry = Annotated[str, StringConstraints(pattern=ENTRY)]
"""What somebody else's file or cloud calls something: a profile, a region, a network."""

Image = Annotated[str, StringConstraints(pattern=IMAGE)]
"""A reference of an image; with `@sha256:` and 64 digits it is this image and no later one of its name."""

Setting = Annotated[str, StringConstraints(pattern=SETTING)]
"""A name that a program finds a setting by, as environment variables are called."""

Argument = Annotated[str, StringConstraints(pattern=ARGUMENT)]
"""One word of a command: no shell reads it, and nothing a shell would read stands in it."""

Mount = Annotated[str, StringConstraints(pattern=MOUNT)]
"""Where a volume is seen in a container: an absolute path without `.` or `..`."""

Request = Annotated[str, StringConstraints(pattern=REQUEST)]
"""The path of a request, without a query."""

Host = Annotated[str, StringConstraints(pattern=HOST, max_length=253)]
"""A name of the DNS in small letters, with its domain."""

Secret = Annotated[str, StringConstraints(pattern=SECRET)]
"""A reference of a secret, never the secret itself: `secret://service/database-password`."""

NamedSecret = Annotated[str, StringConstraints(pattern=NAMED_SECRET)]
"""A reference of a secret, or its bare name in the scope that it is used in, as earlier versions had it."""

Url = Annotated[str, StringConstraints(pattern=URL)]
"""An address of HTTPS without a query or credentials; on this machine of HTTP, too."""

Member = Annotated[str, StringConstraints(pattern=MEMBER)]
"""A workload, or one of its components: `identity` or `identity/database`."""

Device = Annotated[str, StringConstraints(pattern=DEVICE)]
"""An accelerator's chip, or a slice of its cards: `ascend-310p` or `ascend-310p/vir04`."""

Span = Annotated[str, StringConstraints(pattern=SPAN)]
"""A day, or all days from one to another: `2026-02-15..2026-02-23`."""

Word = Annotated[str, StringConstraints(pattern=WORD)]
"""One small word out of a list that is checked elsewhere."""

ADVICE: Final[Mapping[str, str]] = {
    WORDS: "write one line without control characters and without `{{`, `{%` or `{#`",
    LABEL: "write up to 80 characters without quotes, braces, `$ ; | & < >`, and no `-` at the beginning",
    PATH: "write a path from here on, without quotes, braces or what a shell reads",
    USER: "a user begins with a letter and has up to 32 letters, digits, `.`, `_` or `-`",
    ENTRY: "write up to 128 letters, digits and `. _ @ : / + -`, beginning with a letter or digit",
    IMAGE: "write an image as name:tag, of letters, digits and `. _ / : + -`; a digest follows as "
    "@sha256: and 64 digits",
    SETTING: "write a name of letters, digits and `_`, not beginning with a digit",
    ARGUMENT: "write up to 255 characters without quotes, braces, `$ ; | & < >`: no shell reads it",
    MOUNT: "write an absolute path of letters, digits and `. _ -`, without `.` or `..`",
    HOST: "write a name with its domain, in small letters, such as portal.example.org",
    REQUEST: "write a path that begins with `/`, without a query",
    SECRET: "write a reference, secret://SCOPE/NAME, in lower-case letters, digits and hyphens; "
    "the value itself never stands here",
    NAMED_SECRET: "write a reference, secret://SCOPE/NAME, or a bare name of letters, digits and `. _ -`; "
    "the value itself never stands here",
    URL: "write https://, a host and perhaps a path, without a query or a password; "
    "http:// is for labs on this machine, at 127.0.0.1",
    MEMBER: "write a workload's id, or workload/component",
    DEVICE: "write an accelerator's id, or chip/slice",
    SPAN: "write YYYY-MM-DD or YYYY-MM-DD..YYYY-MM-DD",
    WORD: "write one word of lower-case letters, digits and hyphens",
}
"""What to do about a text that does not fit its pattern."""
