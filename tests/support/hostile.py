"""Texts that are handed in to be run, followed or read as something else; those that run leave a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

TEMPLATES = (
    "{{ lookup('pipe', 'RUN') }}",
    "{{ lookup('ansible.builtin.pipe', 'RUN') }}",
    "{{ query('pipe', 'RUN') }}",
    "{{ q('pipe', 'RUN')[0] }}",
    "{% set x = lookup('pipe', 'RUN') %}{{ x }}",
    "{% if lookup('pipe', 'RUN') %}{% endif %}",
    "a{{ lookup('pipe', 'RUN') }}b",
    "{{lookup('pipe','RUN')}}",
    "{{ lookup('file', '/etc/passwd') }}",
    "{{ lookup('env', 'HOME') }}",
    "{{ lookup('template', '/etc/passwd') }}",
    "{{ lookup('url', 'file:///etc/passwd') }}",
    "{{ hostvars }}",
    "{{ 7 * 7 }}",
    "{{ cycler.__init__.__globals__.os.system('RUN') }}",
    "{# a comment #}",
    "{{ '{{' }} lookup('pipe', 'RUN') {{ '}}' }}",
    "#jinja2: variable_start_string:'[['\n[[ lookup('pipe', 'RUN') ]]",
    "{{ undefined_of_course }}",
    "!unsafe x",
    "!vault |\n  $ANSIBLE_VAULT;1.1;AES256",
    '{"__ansible_unsafe": "{{ 1 }}"}',
)
"""What Ansible or Jinja would carry out."""

OTHERS = (
    "$(RUN)",
    "`RUN`",
    "; RUN",
    "| RUN",
    "& RUN &",
    "&& RUN",
    "x\nRUN",
    "x\r\nRUN",
    "'; RUN; '",
    '"; RUN; "',
    "' -o 'ProxyCommand=RUN",
    '" -o "ProxyCommand=RUN',
    "-oProxyCommand=RUN",
    "--ssh-common-args=-oProxyCommand=RUN",
    "-FMARK",
    "-D",
    "${IFS}",
    "$HOME",
    "%h%p%r",
    "~root/x",
    "../../../../etc/passwd",
    "/etc/passwd",
    "*",
    "all:!none",
    "[1:9]",
    "a,b",
    "x\0y",
    "\x1b]0;title\x07",
    "\x1b[2J",
    "\x9b31m",
    "x\u2028y",
    "\u202etxt",
    "\ufeffx",
    "\x7f",
    "\t",
    "\u0085x",
)
"""What shells, options of programs, terminals and parsers of lines would take for more than a text."""


def templates(mark: Path) -> list[str]:
    """Templates that leave a file if somebody carries them out."""
    return _marked(TEMPLATES, mark)


def everything(mark: Path) -> list[str]:
    """All of them, each with the file that it leaves."""
    return _marked((*TEMPLATES, *OTHERS), mark)


def _marked(texts: Sequence[str], mark: Path) -> list[str]:
    return [text.replace("RUN", f"touch {mark}").replace("MARK", str(mark)) for text in texts]
