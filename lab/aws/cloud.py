"""Runs moto as the AWS-compatible cloud of an estate, behind a guard of ours."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path
from typing import ClassVar

from cmp.errors import TryLater
from cmp.model.estate import Isa
from cmp.sentences import Sentence
from lab.aws.serving import SECRET_FILE
from lab.aws.spec import ProfileSpec, images
from lab.base import ComponentState, Health, Report
from lab.folder import exclusive, write_private
from lab.ports import ADDRESS, answers, claim
from lab.processes import Process, environment, recorded, spawn, stop, wait_until

FORGETS = "keeps everything in memory: stopping it empties it"
_ANSWER_SECONDS = 60.0


class AwsLab:
    """An AWS-compatible cloud in memory: ordinary clients can use its API, nothing runs behind it."""

    name: ClassVar[str] = "aws"

    def __init__(
        self, folder: Path, port: int, specs: tuple[ProfileSpec, ...], isas: tuple[Isa, ...]
    ) -> None:
        self._folder = folder
        self._port = port
        self._specs = specs
        self._isas = isas

    @property
    def endpoint(self) -> str:
        """Where all its APIs answer."""
        return f"http://{ADDRESS}:{self._port}"

    @property
    def config_file(self) -> Path:
        """What clients take as AWS_CONFIG_FILE."""
        return self._folder / "config"

    @property
    def credentials_file(self) -> Path:
        """What clients take as AWS_SHARED_CREDENTIALS_FILE."""
        return self._folder / "credentials"

    def up(self, report: Report) -> None:
        """Start the server with its images and one user per profile; one that is up stays as it is.

        Raises:
            TryLater: the port is taken, or the server did not start.
        """
        with exclusive(self._folder, report):
            self._up(report)

    def down(self, report: Report) -> None:
        """Stop the server; what it held is gone."""
        with exclusive(self._folder, report):
            was_running = self._running is not None
            self._stop()
            report("aws is down; it held its content in memory" if was_running else "aws was not up")

    def status(self) -> tuple[ComponentState, ...]:
        """Tell how the server is."""
        return (ComponentState("aws", self._state, {"ec2": self.endpoint}, note=FORGETS),)

    def reset(self, report: Report) -> None:
        """Start over with an empty cloud and fresh keys, if it is up.

        Raises:
            TryLater: the server did not start again.
        """
        with exclusive(self._folder, report):
            if self._running is None:
                report("aws is not up: it is empty as it is")
                return
            self._stop()
            self._up(report)

    def _up(self, report: Report) -> None:
        if self._running and self.credentials_file.exists():
            report(f"aws is up already: {self.endpoint}")
            return
        self._stop()
        claim([self._port], "the AWS lab")
        self._start()
        self._seed()
        report(f"aws is up; clients use {self.config_file} and {self.credentials_file}")

    def _start(self) -> None:
        self._record.parent.mkdir(exist_ok=True)
        amis = self._folder / "images.json"
        write_private(amis, json.dumps(images(self._isas)))
        log = self._folder / "moto.log"
        write_private(self._secret_file, secrets.token_hex(32))
        env = environment() | {"MOTO_AMIS_PATH": str(amis), SECRET_FILE: str(self._secret_file)}
        command = [sys.executable, "-P", "-m", "lab.aws.serving", str(self._port)]
        process = spawn(command, env, log, self._record)
        settled = wait_until(lambda: answers(self._port) or not process.is_running, _ANSWER_SECONDS)
        if not settled or not process.is_running:
            raise TryLater(
                Sentence("the AWS lab did not start on port {port}", port=self._port),
                hint=Sentence("read {log}", log=log),
            )

    def _seed(self) -> None:
        """Make a user per profile; the credentials come last, since they say that all is done."""
        from lab.aws import seed  # noqa: PLC0415 - boto3 is slow to import and only needed to start

        secret = self._secret_file.read_text()
        keys = {spec.profile: seed.make_user(self.endpoint, spec, secret) for spec in self._specs}
        seed.ask_for_keys(self.endpoint, secret)
        write_private(self.config_file, seed.config_file(self.endpoint, self._specs))
        write_private(self.credentials_file, seed.credentials_file(keys))

    def _stop(self) -> None:
        self.credentials_file.unlink(missing_ok=True)
        stop(recorded(self._record.parent))
        self._record.unlink(missing_ok=True)

    @property
    def _secret_file(self) -> Path:
        """What this lab says to its own server, and nobody else can; another one at each start."""
        return self._folder / "secret"

    @property
    def _record(self) -> Path:
        return self._folder / "run" / "moto.json"

    @property
    def _running(self) -> Process | None:
        return next((process for process in recorded(self._record.parent) if process.is_running), None)

    @property
    def _state(self) -> Health:
        if self._running:
            return Health.RUNNING
        return Health.BROKEN if self._record.exists() else Health.STOPPED
