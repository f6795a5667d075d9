"""Has operations carried out by DBOS: each round of one is a workflow, each of its steps a step.

DBOS is the engine and not the record: what happened to an operation stands in our rows. Nobody else imports
it. What it gives: a queue per environment, going on after a crash, and that what a frozen process brings too
late is not taken. Our row and its queue entry are one transaction.
"""

from __future__ import annotations

import logging
from typing import Final

from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from sqlalchemy import Connection, select

from cmp.errors import TryLater
from cmp.model.operations import LIVING, OperationRecord, OperationState
from cmp.operations.database import ServiceDatabase
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

    `executor` names this process; a successor under the same name goes on with what it left.
    """

    def __init__(self, database: ServiceDatabase, executor: str) -> None:
        super().__init__(database)
        self.executor = executor
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
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, partition_concurrency=1, worker_concurrency=AT_ONCE, polling_interval_sec=LOOKS
        )

    def stop(self) -> None:
        """Take nothing new; what works now is gone on with by whoever comes next."""
        DBOS.destroy(workflow_completion_timeout_sec=0)
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

    def _sender(self) -> DBOSClient:
        if self._client is None:
            try:
                self._client = DBOSClient(
                    system_database_url=self._url, serializer=DBOSPortableJSONSerializer()
                )
            except Exception as error:
                raise TryLater(f"the queue of operations cannot be reached: {error}") from error
        return self._client


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
