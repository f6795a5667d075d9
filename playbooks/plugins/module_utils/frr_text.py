"""Reads FRR's configuration as lines in their blocks, and says what one has that another lacks.

A line is known by its path: the headers of the blocks it stands in, and itself. Blocks are told by their
indentation, as FRR writes them. Runs with Python >= 3.8 alone.
"""

from __future__ import annotations

import re

try:
    from ansible.module_utils.router_secrets import hidden
except ImportError:  # beside this file, where nothing of Ansible is
    from router_secrets import hidden

NOISE = re.compile(r"^(!.*|#.*|end|exit|exit-[\w-]+|Building configuration\.\.\.|Current configuration:)?$")
STATED = re.compile(r"^(frr version|frr defaults|hostname|service integrated-vtysh-config)\b")
"""What a running configuration says of itself, which no change is about."""
LASTING_BLOCKS = re.compile(r"^(interface|vrf) ")
"""Blocks that cannot be removed while the thing they are about exists: only their lines can."""
NUMBERED = re.compile(r"^(ip(?:v6)? prefix-list \S+|(?:ip(?:v6)? )?access-list \S+) seq \d+ ")
LEAVES = {"address-family": "exit-address-family", "vrf": "exit-vrf"}


def paths(text):
    """Every line as a tuple of its blocks' headers and itself, in the order of the text."""
    found, open_blocks = [], []
    for raw in text.splitlines():
        line = " ".join(raw.split())
        if NOISE.match(line) or STATED.match(line):
            continue
        depth = len(raw) - len(raw.lstrip())
        while open_blocks and open_blocks[-1][0] >= depth:
            open_blocks.pop()
        found.append((*(header for _depth, header in open_blocks), line))
        open_blocks.append((depth, line))
    return found


def lacking(wanted, present):
    """The lines of `wanted` that are not in `present`, in their order; FRR numbers entries of lists."""
    there = {*present, *((*path[:-1], NUMBERED.sub(r"\1 ", path[-1])) for path in present)}
    return [path for path in dict.fromkeys(wanted) if path not in there]


def takes_away(wanted, present):
    """The lines that would remove something that is there; `no` of what is only a default removes nothing."""
    return [path for path in wanted if path[-1].startswith("no ") and _hit(path, present)]


def _hit(path, present):
    blocks, line = path[:-1], path[-1][len("no ") :]
    depth = len(blocks)
    return any(
        len(other) > depth and other[:depth] == blocks and (other[depth] + " ").startswith(line + " ")
        for other in present
    )


def written(lines):
    """A text for `vtysh -f` out of lines by path: each enters its blocks and leaves them again."""
    text, inside = [], ()
    for path in lines:
        blocks = path[:-1]
        if inside != blocks:
            shared = _shared(inside, blocks)
            text += _left(inside, shared)
            text += [" " * depth + blocks[depth] for depth in range(shared, len(blocks))]
        text.append(" " * len(blocks) + path[-1])
        inside = blocks if not _is_header(path, lines) else path
    return "\n".join([*text, *_left(inside, 0)]) + "\n" if text else ""


def inverse(before, after):
    """The text that makes a configuration what it was: new lines are removed, the last one first.

    `before` and `after` are paths. A block that is new goes as a whole, unless what it is about lasts.
    """
    new = lacking(after, before)
    gone = lacking(before, after)
    whole = [path for path in new if _is_header(path, after) and not LASTING_BLOCKS.match(path[-1])]
    single = [
        path
        for path in new
        if not any(path[: len(block)] == block and path != block for block in whole)
        and not (_is_header(path, after) and LASTING_BLOCKS.match(path[-1]))
    ]
    return written([(*path[:-1], _negated(path[-1])) for path in reversed(single)]) + written(gone)


def said(lines):
    """Lines as people read them, without what routers know each other by."""
    return [" / ".join(hidden(part) for part in path) for path in lines]


def _negated(line):
    return line[len("no ") :] if line.startswith("no ") else "no " + line


def _is_header(path, lines):
    return any(len(other) > len(path) and other[: len(path)] == path for other in lines)


def _shared(one, other):
    """How many headers two places have in common."""
    count = 0
    for first, second in zip(one, other):
        if first != second:
            break
        count += 1
    return count


def _left(inside, depth):
    """The lines that leave blocks down to a depth."""
    return [
        " " * level + LEAVES.get(inside[level].split()[0], "exit")
        for level in range(len(inside) - 1, depth - 1, -1)
    ]
