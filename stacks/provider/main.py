"""Runs the provider as the engine's plugin `pulumi-resource-tricenter`, for as long as the engine lives."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version

import grpc.aio
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS
from pulumi.runtime.proto import provider_pb2_grpc

from cmp.clouds.opening import open_cloud
from stacks.provider.provider import TricenterProvider
from stacks.provider.servicer import SayErrors, Servicer

THREADS = 48
"""Calls to a cloud at the same time; the engine asks for at most as many as its `parallel` says."""

LOOK_EVERY = 1.0
"""Seconds between two looks whether the engine still lives."""


def run() -> None:
    """Serve the engine whose address is the first argument; print the port for it."""
    if len(sys.argv) < 2:  # noqa: PLR2004 - the program and the address
        sys.exit("pulumi-resource-tricenter is started by the Pulumi engine, which passes its address")
    try:
        asyncio.run(_serve(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


async def _serve(arguments: list[str]) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, "cloud"))
    server = grpc.aio.server(interceptors=(SayErrors(),), options=_GRPC_CHANNEL_OPTIONS)
    servicer = Servicer(arguments, version("tricenter"), TricenterProvider(open_cloud), arguments[0])
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.wait_for_termination()


def leave_with(engine: int) -> None:
    """End this process once its engine is gone, even by `kill -9`: nobody would record what it still did."""

    def watch() -> None:
        while os.getppid() == engine:
            threading.Event().wait(LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, name="engine-watch", daemon=True).start()


if __name__ == "__main__":
    run()
