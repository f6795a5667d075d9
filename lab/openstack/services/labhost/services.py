"""Lists, per service, how its databases are made and how it is served."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from functools import partial

from . import compute, web
from .layout import Layout, say


def _set_up_keystone(lab: Layout, region: str) -> None:
    """Make the schema alone: nothing in it is secret, or belongs to one lab."""
    _keystone_manage(lab, region, ["db_sync"])


def _set_up_identity(lab: Layout, region: str) -> None:
    """Make the keys and the first administrator, whose password comes by the environment."""
    from keystone.cmd import cli  # once for all that follow, each a child of its own

    say(f"{cli.__name__} loaded")
    url = f"http://127.0.0.1:{lab.port(region, 'keystone')}/v3"
    owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
    first_region = next(name for name in lab.ports if name != region)
    bootstrap = ["bootstrap", "--bootstrap-region-id", first_region]
    for kind in ("public", "internal"):
        bootstrap += [f"--bootstrap-{kind}-url", url]
    for arguments in (["fernet_setup", *owner], ["credential_setup", *owner], bootstrap):
        say(arguments[0])
        _in_a_child(partial(_keystone_manage, lab, region, arguments))


def _keystone_manage(lab: Layout, region: str, arguments: list[str]) -> None:
    from keystone.cmd import cli

    cli.main(argv=["keystone-manage", "--config-file", str(lab.etc(region) / "keystone.conf"), *arguments])


def _in_a_child(action: Callable[[], None]) -> None:
    """Run what may run once per process only."""
    pid = os.fork()
    if not pid:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(pid, 0)[1]:
        sys.exit("keystone-manage failed")


def _run_keystone(lab: Layout, region: str) -> None:
    from keystone.wsgi.api import application

    web.serve(application, lab.port(region, "keystone"))


def _set_up_placement(_lab: Layout, _region: str) -> None:
    """Import the application: `sync_on_startup` makes the schema."""
    from placement.wsgi import api

    say(f"{api.__name__} made its schema")


def _set_up_glance(lab: Layout, region: str) -> None:
    from glance.cmd import manage

    sys.argv = ["glance-manage", "--config-file", str(lab.etc(region) / "glance-api.conf"), "db_sync"]
    manage.main()


def _run_glance(lab: Layout, region: str) -> None:
    from glance.wsgi.api import application

    web.serve(application, lab.port(region, "glance"))


def _set_up_neutron(lab: Layout, region: str) -> None:
    """Make the schema from the models: the migrations alter constraints, which SQLite cannot."""
    from neutron.common import config

    config.register_common_config_options()
    config.init(["--config-file", str(lab.etc(region) / "neutron.conf")])
    from neutron.db.migration.models import head
    from neutron_lib.db import api

    head.get_metadata().create_all(api.get_context_manager().writer.get_engine())


def _run_neutron(lab: Layout, region: str) -> None:
    """Load the access rules first: neutron shows them to other threads while they are still empty."""
    from neutron import policy
    from neutron.wsgi.api import application

    policy.init()
    web.serve(application, lab.port(region, "neutron"))


SETUP: Mapping[str, Callable[[Layout, str], None]] = {
    "keystone": _set_up_keystone,
    "identity": _set_up_identity,
    "placement": _set_up_placement,
    "glance": _set_up_glance,
    "neutron": _set_up_neutron,
    "nova": compute.set_up,
}

RUN: Mapping[str, Callable[[Layout, str], None]] = {
    "keystone": _run_keystone,
    "glance": _run_glance,
    "neutron": _run_neutron,
    "nova": compute.run,
}
