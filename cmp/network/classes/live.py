"""Writes the script by which an interface gets its traffic classes, also while it carries others."""

from __future__ import annotations

import shlex

from cmp.network.classes.htb import UNMARKED, Shaping, classes_of, tc_lines


def live_script(shaping: Shaping) -> str:
    """A script for sh that gives an interface its classes; run again it changes them where they are.

    Afterwards it has what a fresh interface would have: a root whose default is another is made anew, since
    the kernel cannot change that, and classes that are not wanted any more go last.
    """
    interface = shlex.quote(shaping.interface)
    root, *rest = tc_lines(shaping)
    lines = [
        "#!/bin/sh",
        "# Gives an interface its traffic classes; ifupdown runs this for every interface.",
        "set -e",
        f'[ "${{IFACE:-{shaping.interface}}}" = {interface} ] || exit 0',
        f'case "$(tc qdisc show dev {interface} root)" in',
        f'"qdisc htb 1: "*" default 0x{UNMARKED:x} "*) ;;',
        f'"qdisc htb "*) tc qdisc del dev {interface} root; tc {root} ;;',
        f"*) tc {root} ;;",
        "esac",
        "tc -batch - <<'END'",
        *rest,
        "END",
        f"tc class show dev {interface} | while read -r _class kind number _rest; do",
        f'  case "$kind {" ".join(classes_of(shaping))} " in',
        '  htb*" $number "*) ;;',
        f'  htb*) tc class del dev {interface} classid "$number" ;;',
        "  esac",
        "done",
    ]
    return "\n".join(lines) + "\n"
