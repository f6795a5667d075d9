"""Finds calls in source that have opened doors before: each rule asks one question about a node."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

Rule = Callable[[ast.AST], bool]


class Found(NamedTuple):
    """A place that a rule objects to."""

    rule: str
    line: int


def dotted(node: ast.AST) -> str:
    """A name with its dots, as it is written; empty for what is none."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else node.attr
    return ""


def _calls(node: ast.AST, *names: str) -> bool:
    return isinstance(node, ast.Call) and dotted(node.func) in names


def _ends(node: ast.AST, *names: str) -> bool:
    """A call of something of such a last name, of whatever object."""
    return isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in names


def _said(node: ast.AST, word: str) -> ast.expr | None:
    """What a call passes by a word."""
    given = node.keywords if isinstance(node, ast.Call) else []
    return next((each.value for each in given if each.arg == word), None)


def _is(node: ast.AST | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _imports(node: ast.AST, *names: str) -> bool:
    if isinstance(node, ast.Import):
        return any(each.name.partition(".")[0] in names for each in node.names)
    return isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in names


def _through_a_shell(node: ast.AST) -> bool:
    given = _said(node, "shell")
    return given is not None and not _is(given, value=False)


def _made_up_for_a_shell(node: ast.AST) -> bool:
    """Words `sh -c TEXT` whose text is put together here: what is put in is read by the shell."""
    if not isinstance(node, ast.List | ast.Tuple):
        return False
    shells = {"sh", "bash", "dash", "/bin/sh", "/bin/bash"}
    return any(
        isinstance(shell, ast.Constant)
        and shell.value in shells
        and isinstance(option, ast.Constant)
        and str(option.value).startswith("-")
        and str(option.value).endswith("c")
        and isinstance(text, ast.JoinedStr | ast.BinOp | ast.Call | ast.Subscript)
        for shell, option, text in zip(node.elts, node.elts[1:], node.elts[2:], strict=False)
    )


def _loads_any_yaml(node: ast.AST) -> bool:
    if _ends(node, "unsafe_load", "full_load", "unsafe_load_all", "full_load_all"):
        return True
    if not _calls(node, "yaml.load", "yaml.load_all"):
        return False
    assert isinstance(node, ast.Call)
    loader = _said(node, "Loader") or (node.args[1] if len(node.args) > 1 else None)
    return loader is None or not dotted(loader).rpartition(".")[2].endswith("SafeLoader")


def _without_patience(node: ast.AST) -> bool:
    verbs = ("get", "post", "put", "delete", "head", "patch", "request")
    asks = _calls(node, *(f"requests.{verb}" for verb in verbs), *(f"httpx.{verb}" for verb in verbs))
    opens = _ends(node, "urlopen", "HTTPConnection", "HTTPSConnection", "create_connection")
    if not (asks or opens) or (_ends(node, "create_connection") and len(getattr(node, "args", ())) > 1):
        return False
    given = _said(node, "timeout")
    return given is None or _is(given, value=None)


def _unverified(node: ast.AST) -> bool:
    names = ("_create_unverified_context", "CERT_NONE", "AutoAddPolicy", "disable_warnings")
    if isinstance(node, ast.Attribute | ast.Name) and dotted(node).rpartition(".")[2] in names:
        return True
    if isinstance(node, ast.Assign) and any(
        dotted(each).rpartition(".")[2] in {"check_hostname", "verify"} for each in node.targets
    ):
        return _is(node.value, value=False)
    return any(_is(_said(node, word), value=False) for word in ("verify", "check_hostname", "verify_ssl"))


def _weak(node: ast.AST) -> bool:
    weak = _calls(node, "hashlib.md5", "hashlib.sha1", "md5", "sha1")
    named = _calls(node, "hashlib.new") and getattr(node, "args", ()) and _weak_name(node.args[0])  # type: ignore[attr-defined]
    return bool(weak or named) and not _is(_said(node, "usedforsecurity"), value=False)


def _weak_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and str(node.value).lower() in {"md5", "sha1"}


def _unescaped(node: ast.AST) -> bool:
    return (
        _ends(node, "Environment")
        and _said(node, "loader") is not None
        and not _is(_said(node, "autoescape"), value=True)
    )


def _unpacks_anywhere(node: ast.AST) -> bool:
    filtered = _said(node, "filter")
    allowed = isinstance(filtered, ast.Constant) and filtered.value == "data"
    return _ends(node, "extractall", "unpack_archive") and not allowed


RULES: Mapping[str, Rule] = {
    "a line for a shell": lambda node: (
        _through_a_shell(node)
        or _calls(
            node, "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "pty.spawn"
        )
        or _ends(node, "create_subprocess_shell")
    ),
    "text made up for a shell": _made_up_for_a_shell,
    "text carried out": lambda node: _calls(node, "eval", "exec", "compile", "__import__", "builtins.eval"),
    "objects out of a file": lambda node: _imports(
        node, "pickle", "cPickle", "marshal", "shelve", "dill", "joblib"
    ),
    "any yaml": _loads_any_yaml,
    "a temporary name": lambda node: _ends(node, "mktemp", "tmpnam", "tempnam"),
    "nobody verified": _unverified,
    "no patience named": _without_patience,
    "a weak digest": _weak,
    "a page unescaped": _unescaped,
    "an archive anywhere": _unpacks_anywhere,
}
"""What is asked of each node, by what it finds."""


def found_in(source: str) -> Iterator[Found]:
    """Every place in a module that a rule objects to, in its order."""
    for node in ast.walk(ast.parse(source)):
        for name, rule in RULES.items():
            if rule(node):
                yield Found(name, getattr(node, "lineno", 0))
