"""Fills the clusters of a lab with many objects and pods, to see how whoever lists them bears it.

`python -m lab.kubernetes.filling STATE ENV OBJECTS PODS` spreads so many settings and pods over the
clusters of an environment's lab; without the numbers it takes them away.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from cmp.loaders.loading import load
from lab.kubernetes.door import Door
from lab.kubernetes.layout import Place
from lab.processes import wait_until
from lab.registry import kubernetes_lab

SPACE: Final = "crowd"
_SECONDS: Final = 300.0
_THREADS: Final = 8


def fill(place: Place, objects: int, pods: int) -> None:
    """Make so many settings, and a Deployment of so many pods; wait until these run.

    Raises:
        TryLater: the cluster does not answer, or refuses.
    """
    door = Door(place)
    door.apply(
        f"/api/v1/namespaces/{SPACE}", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
    )
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(partial(_setting, door), range(objects)))
    labels = {"app": "crowd"}
    container = {"name": "main", "image": "crowd:1", "resources": {"requests": {"cpu": "1m"}}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "crowd"},
        "spec": {"replicas": pods, "selector": {"matchLabels": labels}, "template": template},
    }
    path = f"/apis/apps/v1/namespaces/{SPACE}/deployments/crowd"
    door.apply(path, body)
    wait_until(lambda: _ready(door, path) >= pods, _SECONDS, pause=1.0)


def clear(place: Place) -> None:
    """Take everything away that `fill` made.

    Raises:
        TryLater: the cluster does not answer.
    """
    door = Door(place)
    door.ask("DELETE", f"/api/v1/namespaces/{SPACE}")
    wait_until(lambda: door.ask("GET", f"/api/v1/namespaces/{SPACE}")[0] == 404, _SECONDS, pause=1.0)  # noqa: PLR2004 - it is gone


def _setting(door: Door, number: int) -> None:
    name = f"setting-{number:05}"
    body = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name},
        "data": {"number": str(number)},
    }
    door.apply(f"/api/v1/namespaces/{SPACE}/configmaps/{name}", body)


def _ready(door: Door, path: str) -> int:
    return int(door.must("GET", path).get("status", {}).get("readyReplicas", 0))


def _shares(total: int, parts: int) -> list[int]:
    """A number in equal parts, the first ones larger by one where it does not divide."""
    return [total // parts + (number < total % parts) for number in range(parts)]


def main(state: Path, environment: Path, *amounts: str) -> int:
    """Fill the clusters of an environment's lab, or without amounts clear them."""
    layout = kubernetes_lab(load(environment).environment.estate, state).layout
    places = [layout.place(name) for name in layout.clusters]
    shares = [_shares(int(each), len(places)) for each in amounts]
    with ThreadPoolExecutor() as threads:
        list(threads.map(fill, places, *shares) if shares else threads.map(clear, places))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:5]))
