"""Names the ports that administer systems or hold data; neither may be open to the world."""

from __future__ import annotations

from collections.abc import Mapping

MANAGEMENT: Mapping[int, str] = {
    22: "SSH",
    23: "Telnet",
    111: "portmapper",
    135: "Windows RPC",
    139: "NetBIOS",
    161: "SNMP",
    445: "SMB",
    512: "rexec",
    513: "rlogin",
    514: "rsh",
    623: "IPMI",
    873: "rsync",
    2049: "NFS",
    2375: "Docker",
    2376: "Docker over TLS",
    2379: "etcd",
    2380: "etcd peers",
    3389: "RDP",
    5900: "VNC",
    5901: "VNC",
    5902: "VNC",
    5903: "VNC",
    5985: "WinRM",
    5986: "WinRM over TLS",
    6080: "server console",
    6443: "Kubernetes API",
    8774: "OpenStack compute",
    9696: "OpenStack networking",
    10250: "kubelet",
    16509: "libvirt",
    16514: "libvirt over TLS",
}
"""Ports that administer a system, with the service usual there."""

DATA: Mapping[int, str] = {
    1433: "SQL Server",
    1521: "Oracle Database",
    2181: "ZooKeeper",
    2484: "Oracle Database over TLS",
    2881: "OceanBase",
    2883: "OceanBase proxy",
    3306: "MySQL",
    4000: "TiDB",
    5236: "Dameng DM8",
    5258: "GBase 8a",
    5432: "PostgreSQL",
    5601: "Kibana",
    5672: "AMQP",
    5984: "CouchDB",
    6379: "Redis",
    7000: "Cassandra",
    8086: "InfluxDB",
    8123: "ClickHouse",
    9042: "Cassandra",
    9088: "GBase 8s",
    9092: "Kafka",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    11211: "memcached",
    27017: "MongoDB",
    27018: "MongoDB",
    50000: "Db2",
    54321: "KingbaseES",
}
"""Ports that hold data, domestic databases among them, with the service usual there.

Ports that web services share with a database (such as 8000) are left out: they would be refused in error.
"""
