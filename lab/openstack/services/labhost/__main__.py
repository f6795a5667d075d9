"""Sets the databases of one service up, or runs one service for every region that is wanted.

    python -m labhost setup SERVICE REGION
    python -m labhost run SERVICE

Services: keystone, placement, glance, neutron, nova. `nova` also hosts placement, the scheduler, the
conductor and the compute services of its region. The folder of the lab is in LAB_FOLDER.
"""

from __future__ import annotations

import os
import sys
import traceback
import warnings

from . import layout, threads


def main() -> None:
    """Do what the command line says; output goes to the region's log."""
    warnings.simplefilter("ignore")
    action, service, *region = sys.argv[1:]
    sys.argv = [f"lab-{service}"]  # the services parse it themselves
    lab = layout.read(os.environ["LAB_FOLDER"])
    threads.use_native(service)
    from . import policies, regions, services, sqlite

    sqlite.tune()
    policies.read_once()
    if action == "setup":
        layout.enter(lab, region[0], f"setup-{service}")
        services.SETUP[service](lab, region[0])
    elif service == "keystone":
        layout.enter(lab, layout.SHARED, service)
        services.RUN[service](lab, layout.SHARED)
    else:
        region_name = regions.fork_wanted(lab, service)
        layout.enter(lab, region_name, service)
        services.RUN[service](lab, region_name)


if __name__ == "__main__":
    try:
        main()
    except Exception:  # noqa: BLE001 - the services' own hook would log it before there is a log
        traceback.print_exc()
        sys.exit(1)
