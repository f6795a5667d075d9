"""What is told as verified counts what is ours and runs: servers, pods, rules."""

from __future__ import annotations

from cmp.clouds.base import Resource
from cmp.services.verifying.documents import Counted, counted
from cmp.services.verifying.inventory import Inventory

OURS = {"environment": "lab"}


def test_pods_are_ours_by_their_labels_and_count_while_they_run() -> None:
    listed = (
        Resource("bj-a-gov", "server", "1", "web-1", managed=True),
        Resource("bj-a-gov", "server", "2", "strange", managed=False),
        Resource("bj-a-k8s", "pod", "3", "s/web", managed=False, tags=OURS, facts={"running": True}),
        Resource("bj-a-k8s", "pod", "4", "s/slow", managed=False, tags=OURS, facts={"running": False}),
        Resource("bj-a-k8s", "pod", "5", "kube-system/dns", managed=False, facts={"running": True}),
        Resource("bj-a-gov", "security_group", "6", "web", managed=True, facts={"rules": (1, 2, 3)}),
    )

    assert counted(Inventory(listed, ())) == Counted(servers=1, pods=1, rules=3)
