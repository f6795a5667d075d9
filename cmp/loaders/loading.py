"""Loads an environment: one folder of YAML becomes one frozen value, or every problem in it at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from cmp.errors import Invalid, Problem
from cmp.loaders.checks.everything import check
from cmp.loaders.documents import REQUIRED, Documents, read_documents
from cmp.loaders.frameworks import read_framework, read_takeover
from cmp.loaders.hints import did_you_mean
from cmp.loaders.init_files import read_init_files
from cmp.loaders.layering import SUFFIX, Layer, listing, read_layers
from cmp.loaders.reading import Reader
from cmp.model.codes import Code
from cmp.model.environment import Environment
from cmp.model.finding import Finding, Severity
from cmp.model.recovery import RecoveryFramework
from cmp.model.takeover import TakeoverTimes
from cmp.ports.loaded import Loaded
from cmp.ports.tree import Place, locate
from cmp.sentences import Sentence


def load(folder: Path, shown: str = "") -> Loaded:
    """Read, validate and cross-check the environment in a folder; problems call it `shown` if that is given.

    Raises:
        Invalid: something is wrong; it lists every problem of every file.
    """
    _refuse_no_folder(folder)
    reader = Reader(shown=shown)
    layers = read_layers(folder, reader)
    documents = read_documents(layers, reader)
    recovery = takeover = None
    init_files: Mapping[str, str] = {}
    if documents.policy:
        recovery = read_framework(documents.policy, documents.trees["policy"], reader)
        takeover = read_takeover(documents.policy, documents.trees["policy"], reader)
    if documents.workloads:
        init_files = read_init_files(documents.workloads, documents.trees["workloads"], layers, reader)
    notes = _sort_out(check(documents, recovery), documents, reader)
    return Loaded(
        _environment(folder, documents, recovery, takeover, init_files, reader),
        tuple(sorted(reader.digests.items())),
        tuple(sorted((*notes, *_stray(layers[0], reader)))),
        documents.trees,
        dict(sorted(reader.contents.items())),
    )


def _refuse_no_folder(folder: Path) -> None:
    try:
        os.listdir(folder)  # noqa: PTH208 - to see whether it can be listed
    except (OSError, ValueError) as error:
        code, reason, hint = _no_folder(folder, error)
        raise Invalid(reason, (Place(str(folder), 1, 1).problem(code, reason, hint),), hint=hint) from error


def _no_folder(folder: Path, error: OSError | ValueError) -> tuple[Code, str, str]:
    """What it means that a folder cannot be listed, as code, sentence and hint."""
    near = did_you_mean(folder.name, listing(folder.parent))
    if isinstance(error, FileNotFoundError):
        hint = near or Sentence("name a folder that holds environment.yaml; `tricenter init DIR` writes one")
        return Code.NO_FOLDER, Sentence("there is no folder `{folder}`", folder=folder), hint
    if isinstance(error, NotADirectoryError):
        return (
            Code.NO_FOLDER,
            Sentence("`{folder}` is no folder", folder=folder),
            "name the folder that holds environment.yaml",
        )
    reason = error.strerror if isinstance(error, OSError) else str(error)
    told = Sentence(
        "the folder `{folder}` cannot be read: {reason}", folder=f"{folder!s:.200}", reason=reason
    )
    return Code.UNREADABLE, told, ""


def _stray(layer: Layer, reader: Reader) -> Iterator[Problem]:
    """A note for every YAML file of the environment's folder that nothing reads: often a misspelt name."""
    for name in layer.names():
        if name.endswith((SUFFIX, ".yml")) and name not in reader.digests:
            hint = did_you_mean(name, (f"{document}{SUFFIX}" for document in (*REQUIRED, "calendars")))
            yield layer.file(name).top.problem(Code.STRAY_FILE, "nothing reads this file", hint)


def _sort_out(findings: Iterable[Finding], documents: Documents, reader: Reader) -> list[Problem]:
    """Give every finding its place: errors go to the reader, notes are returned."""
    notes: list[Problem] = []
    for finding in findings:
        place = locate(documents.trees[finding.document], finding.path, at_key=finding.at_key)
        problem = place.problem(finding.code, finding.message, finding.hint)
        (notes if finding.severity is Severity.NOTE else reader.problems).append(problem)
    return notes


def _environment(
    folder: Path,
    documents: Documents,
    recovery: RecoveryFramework | None,
    takeover: TakeoverTimes | None,
    init_files: Mapping[str, str],
    reader: Reader,
) -> Environment:
    """The whole environment.

    Raises:
        Invalid: anything was wrong with it.
    """
    header, estate, network = documents.header, documents.estate, documents.network
    workloads, policy, calendars = documents.workloads, documents.policy, documents.calendars
    if (
        reader.problems
        or header is None
        or estate is None
        or network is None
        or workloads is None
        or policy is None
        or calendars is None
        or recovery is None
    ):
        raise _invalid(reader.shown or str(folder), reader)
    return Environment(
        name=header.name,
        title=header.title,
        bindings=header.bindings,
        estate=estate,
        network=network,
        hosts=documents.hosts,
        workloads=workloads,
        policy=policy,
        calendars=calendars,
        recovery=recovery,
        takeover=takeover,
        init_files=init_files,
    )


def _invalid(folder: str, reader: Reader) -> Invalid:
    problems = set(reader.problems)
    template = "{folder} has 1 problem" if len(problems) == 1 else "{folder} has {count} problems"
    values = {} if len(problems) == 1 else {"count": len(problems)}
    return Invalid(
        Sentence(template, folder=folder, **values),
        problems,
        hint="correct them and run the command again",
    )
