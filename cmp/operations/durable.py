"""Has operations carried out by DBOS: each round of one is a workflow, each of its steps a step.

DBOS is the engine and not the record: what happened to an operation stands in our rows. Nobody else imports
it. What it gives: a queue per environment, going on after a crash, and that what a frozen process brings too
late is not taken. Our row and its queue entry are one transaction.
"""

from __future__ import annotations

import logging
import secrets
from typing import Final

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy import Connection, select

from cmp.errors import TryLater
from cmp.model.operations import LIVING, OperationRecord, OperationState
from cmp.operations.database import ServiceDatabase
from cmp.operations.executors import Executors
from cmp.operations.sql import SqlRecord
from cmp.operations.tables import operations
from cmp.ports.operations import Driver

VERSION: Final = "operations-1"
"""One for good: new steps stand behind `DBOS.patch`, else an operation under way would wait for ever."""
WORKFLOW: Final = "operation"
QUEUE: Final = "operations"
AT_ONCE: Final = 4
"""Operations that one process carries out side by side; those of one environment follow each other."""
LOOKS: Final = 0.25
"""Seconds between two looks into the queue."""


class DurableOperations(SqlRecord):
    """Operations in a database, carried out by whichever process takes them.

    `executor` says where this process runs; with a token of its own it is the name of this process alone.
    What it leaves is taken over by whoever lives, itself started anew or another.
    """

    def __init__(self, database: ServiceDatabase, executor: str) -> None:
        super().__init__(database)
        self.executor = f"{executor}/{secrets.token_hex(4)}"
        self._executors = Executors(database, self.executor, _take_over)
        self._client: DBOSClient | None = None
        self._url = database.url.render_as_string(hide_password=False)

    def prepare(self) -> None:
        """Make the tables that are not there yet, ours and the engine's.

        Raises:
            Refused: a newer version made ours.
            TryLater: the database cannot be reached or written.
        """
        self.database.prepare()
        try:
            DBOS.migrate(system_database_url=self._url)
        except Exception as error:
            raise TryLater(f"the queue of operations cannot be made: {error}") from error

    def hand_over(self, connection: Connection, record: OperationRecord) -> None:
        """Put a round of an operation into the queue of its environment, within the transaction."""
        options: EnqueueOptions = {
            "workflow_name": WORKFLOW,
            "queue_name": QUEUE,
            "workflow_id": f"{record.id}-{record.round}",
            "queue_partition_key": record.environment,
            "app_version": VERSION,
        }
        self._sender().enqueue_in_transaction(connection, options, record.id)

    def start(self, driver: Driver) -> None:
        """Carry out what waits, and go on with what this process left when it ended.

        Raises:
            TryLater: the database cannot be reached.
        """
        logging.getLogger("dbos").setLevel(logging.ERROR)
        DBOS(
            config={
                "name": "tricenter",
                "system_database_url": self._url,
                "executor_id": self.executor,
                "application_version": VERSION,
                "serializer": DBOSPortableJSONSerializer(),
                "notification_listener_polling_interval_sec": LOOKS,
                "max_executor_threads": 4 * AT_ONCE,
                "log_level": "ERROR",
            }
        )
        _register(driver, self)
        self._executors.beat()  # before it can take anything: who takes something is known to live
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, partition_concurrency=1, worker_concurrency=AT_ONCE, polling_interval_sec=LOOKS
        )
        self._take_over_strangers()
        self._executors.start()

    def stop(self) -> None:
        """Take nothing new; what works now is gone on with by whoever comes next."""
        DBOS.destroy(workflow_completion_timeout_sec=0)
        self._executors.stop()
        if self._client is not None:
            self._client.destroy()
            self._client = None

    def is_ready(self) -> bool:
        """True where work is taken and its record can be read.

        Raises:
            TryLater: the database cannot be reached.
        """
        living = [state.value for state in LIVING]
        with self.database.reading() as connection:
            connection.execute(select(operations.c.id).where(operations.c.state.in_(living)).limit(1))
        return self._client is not None or self._sender() is not None

    def _take_over_strangers(self) -> None:
        """Take over what is under way by nobody who ever told that they live: an older version did not."""
        known = self._executors.known()
        for name in {each.executor_id for each in DBOS.list_workflows(status="PENDING", app_version=VERSION)}:
            if name is not None and name not in known:
                _take_over(name)

    def _sender(self) -> DBOSClient:
        if self._client is None:
            try:
                self._client = DBOSClient(
                    system_database_url=self._url, serializer=DBOSPortableJSONSerializer()
                )
            except Exception as error:
                raise TryLater(f"the queue of operations cannot be reached: {error}") from error
        return self._client


def _take_over(executor: str) -> None:
    """Have what a dead process was at enqueued once more; DBOS tells failures to its log alone.

    Raises:
        TryLater: something of it is still the dead one's.
    """
    DBOS._recover_pending_workflows([executor])  # noqa: SLF001 - the version is pinned; a test holds it
    if DBOS.list_workflows(status="PENDING", executor_id=executor, app_version=VERSION):
        raise TryLater(f"what {executor} left could not be taken over")


def _register(driver: Driver, kept: DurableOperations) -> None:
    """Tell DBOS under which names it finds the recipe: names are kept in its rows, and never change."""

    @DBOS.step(name="operation.step")
    def take(key: str, step: str) -> bool:
        return driver.take(key, step)

    @DBOS.workflow(name=WORKFLOW)
    def carry_out(key: str) -> str:
        record = kept.found(key)
        if record is None:
            return OperationState.FAILED.value
        for step in driver.steps(record.kind):
            if not take(key, step):
                return "stopped"
        return OperationState.DONE.value
