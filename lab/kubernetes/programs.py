"""Says how each program of a cluster is started: loopback addresses only, the store on a unix socket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lab.kubernetes.layout import Place
from lab.kubernetes.spec import ClusterSpec, Ranges
from lab.ports import ADDRESS

STORE = ("etcd", "kube-apiserver")
"""What has to answer before anything else starts."""

PLAYS_NODES: Final = "kwok"
REST = ("kube-controller-manager", "kube-scheduler", PLAYS_NODES)
"""What works on what these two hold."""

OFF_LABEL: Final = "tricenter.lab/off"
"""A node with this label is switched off: nobody plays its kubelet any more."""

LEAN: Final[Mapping[str, str]] = {"GOGC": "50", "GOMAXPROCS": "2"}
"""Variables that halve what an idle cluster keeps in memory, for little more work."""

GRACE_SECONDS: Final = 20
"""How long a kubelet may be silent before its node counts as lost; Kubernetes' own default is 50."""

_SOCKET = "unix://etcd.sock:0"
"""etcd wants an address in the form host:port, so that the file, in the cluster's folder, is called so.

The path is relative since a socket's is limited to 107 characters; so is the folder programs run in.
"""
_PEER = "unix://peer.sock:0"
_CONTROLLERS = (
    "clusterrole-aggregation",
    "deployment",
    "disruption",
    "endpoints",  # deprecated, but the official provider waits for it when it makes a Service
    "endpointslice",
    "garbage-collector",
    "horizontal-pod-autoscaler",
    "namespace",
    "node-ipam",
    "node-lifecycle",
    "persistentvolume-binder",
    "persistentvolume-protection",
    "persistentvolumeclaim-protection",
    "pod-garbage-collector",
    "replicaset",
    "resourcequota",
    "root-ca-certificate-publisher",
    "service-cidr",
    "serviceaccount",
    "statefulset",
    "taint-eviction",
)


def words(place: Place, spec: ClusterSpec) -> Mapping[str, tuple[str, ...]]:
    """What each program of a cluster is started with, by its name; they run in the cluster's folder."""
    return {
        "etcd": _etcd(),
        "kube-apiserver": _apiserver(place, spec.ranges),
        "kube-controller-manager": _controllers(place, spec),
        "kube-scheduler": (
            f"--kubeconfig={place.kubeconfig('kube-scheduler')}",
            "--secure-port=0",
            "--leader-elect=false",
            "--profiling=false",
        ),
        PLAYS_NODES: (
            f"--kubeconfig={place.kubeconfig(PLAYS_NODES)}",
            "--manage-all-nodes=false",
            f"--manage-nodes-with-label-selector=!{OFF_LABEL}",
            "--config=stages.yaml",
            "--node-lease-duration-seconds=40",
            "--node-port=0",  # it would listen on every address
        ),
    }


def _etcd() -> tuple[str, ...]:
    return (
        "--data-dir=etcd",
        "--name=lab",
        f"--listen-client-urls={_SOCKET}",
        f"--advertise-client-urls={_SOCKET}",
        f"--listen-peer-urls={_PEER}",
        f"--initial-advertise-peer-urls={_PEER}",
        f"--initial-cluster=lab={_PEER}",
        "--unsafe-no-fsync",  # a lab may forget its last moments when the machine fails
        "--log-level=warn",
        "--snapshot-count=5000",
    )


def _apiserver(place: Place, ranges: Ranges) -> tuple[str, ...]:
    keys = place.keys
    return (
        f"--etcd-servers={_SOCKET}",
        f"--bind-address={ADDRESS}",
        f"--secure-port={place.port}",
        "--endpoint-reconciler-type=none",  # it refuses a loopback address otherwise
        f"--tls-cert-file={keys}/server.crt",
        f"--tls-private-key-file={keys}/server.key",
        f"--client-ca-file={keys}/ca.crt",
        "--anonymous-auth=false",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={keys}/accounts.pub",
        f"--service-account-signing-key-file={keys}/accounts.key",
        f"--service-cluster-ip-range={','.join(ranges.services)}",
        "--max-requests-inflight=200",
        "--max-mutating-requests-inflight=100",
        "--event-ttl=30m",
        "--audit-policy-file=audit.yaml",
        f"--audit-log-path={place.audit_log}",
        "--audit-log-maxsize=20",
        "--audit-log-maxbackup=2",
        "--audit-log-mode=blocking",  # what was answered is on record
        "--profiling=false",
    )


def _controllers(place: Place, spec: ClusterSpec) -> tuple[str, ...]:
    ranges, (four, six) = spec.ranges, spec.ranges.masks(len(spec.nodes))
    return (
        f"--kubeconfig={place.kubeconfig('kube-controller-manager')}",
        f"--controllers={','.join(f'{name}-controller' for name in _CONTROLLERS)}",
        f"--service-account-private-key-file={place.keys}/accounts.key",
        f"--root-ca-file={place.keys}/ca.crt",
        "--allocate-node-cidrs=true",
        f"--cluster-cidr={','.join(ranges.pods)}",
        f"--service-cluster-ip-range={','.join(ranges.services)}",
        f"--node-cidr-mask-size-ipv4={four}",
        f"--node-cidr-mask-size-ipv6={six}",
        f"--node-monitor-grace-period={GRACE_SECONDS}s",
        "--use-service-account-credentials=true",  # most controllers may do nothing otherwise
        "--secure-port=0",
        "--leader-elect=false",
        "--profiling=false",
    )
