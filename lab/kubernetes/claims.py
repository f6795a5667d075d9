"""Makes a volume for each claim of a lab's clusters, and removes it after its claim, as storage would."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from time import sleep  # noqa: TID251 - a server of its own, which waits for clusters to come back
from typing import Any

from lab.kubernetes.door import Door
from lab.kubernetes.layout import Place

PROVISIONER = "claims.tricenter.lab"
_ASKED = "volume.kubernetes.io/storage-provisioner"
_MADE = "pv.kubernetes.io/provisioned-by"
_CLAIMS = "/api/v1/persistentvolumeclaims"
_VOLUMES = "/api/v1/persistentvolumes"
_SECONDS = 240
_PAUSE = 1.0


def volume_for(claim: Mapping[str, Any]) -> dict[str, Any] | None:
    """The volume that a claim waits for; None where it waits for none of ours.

    The cluster's own binder annotates a claim with whom it waits for, once the scheduler has chosen a node.
    """
    meta, wish = claim["metadata"], claim["spec"]
    if wish.get("volumeName") or meta.get("annotations", {}).get(_ASKED) != PROVISIONER:
        return None
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{meta['uid']}", "annotations": {_MADE: PROVISIONER}},
        "spec": {
            "accessModes": wish["accessModes"],
            "capacity": {"storage": wish["resources"]["requests"]["storage"]},
            "claimRef": {
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                **{key: meta[key] for key in ("name", "namespace", "uid")},
            },
            "csi": {"driver": PROVISIONER, "volumeHandle": meta["uid"]},
            "persistentVolumeReclaimPolicy": "Delete",
            "storageClassName": wish.get("storageClassName", ""),
            "volumeMode": wish.get("volumeMode", "Filesystem"),
        },
    }


def is_left_over(volume: Mapping[str, Any]) -> bool:
    """True for a volume of ours whose claim is gone and that is not to be kept."""
    return bool(
        volume["metadata"].get("annotations", {}).get(_MADE) == PROVISIONER
        and volume.get("status", {}).get("phase") == "Released"
        and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
    )


def see_to_claim(door: Door, claim: Mapping[str, Any]) -> None:
    """Make the volume that a claim waits for; one that is there already is fine."""
    wish = volume_for(claim)
    if wish is None:
        return
    status, said = door.ask("POST", _VOLUMES, wish)
    if status not in {HTTPStatus.CREATED, HTTPStatus.CONFLICT}:
        _say(f"{door.place.name}: no volume for {claim['metadata']['name']}: {said}")


def see_to_volume(door: Door, volume: Mapping[str, Any]) -> None:
    """Remove a volume that its claim left over."""
    if is_left_over(volume):
        door.ask("DELETE", f"{_VOLUMES}/{volume['metadata']['name']}")


def serve(door: Door) -> None:
    """See to the claims and volumes of one cluster for ever; one that is away is waited for."""
    pairs = ((_CLAIMS, see_to_claim), (_VOLUMES, see_to_volume))
    for path, see_to in pairs:
        threading.Thread(target=_follow, args=(door, path, see_to), daemon=True).start()


def _follow(door: Door, path: str, see_to: Any) -> None:
    while True:
        try:
            _once(door, path, see_to)
        except (OSError, ValueError, KeyError) as problem:
            _say(f"{door.place.name}: {path}: {problem}")
            sleep(_PAUSE)


def _once(door: Door, path: str, see_to: Any) -> None:
    """List all, then follow what changes until the watch ends."""
    status, said = door.ask("GET", path)
    if status != HTTPStatus.OK:
        raise OSError(f"answered {status}")
    for each in said["items"]:
        see_to(door, each)
    for word, each in door.watch(path, said["metadata"]["resourceVersion"], _SECONDS):
        if word == "ERROR":
            return
        if word != "DELETED":
            see_to(door, each)


def _say(line: str) -> None:
    """Write a line to the log, which is where the output goes."""
    sys.stderr.write(f"{line}\n")


def main() -> None:
    """Serve the clusters whose folders and ports are named, until the process is asked to end."""
    for named in sys.argv[1:]:
        folder, _, port = named.rpartition(":")
        place = Place(Path(folder).name, Path(folder), int(port), 0)
        serve(Door(place, user="claims"))
    threading.Event().wait()


if __name__ == "__main__":
    main()
