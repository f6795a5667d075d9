"""Registers regions, services, endpoints and users at keystone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.openstack.clients import connect
from lab.openstack.config import PROJECT, SERVICE_PROJECT, SERVICE_USER, USER
from lab.openstack.layout import LabLayout
from lab.openstack.passwords import Passwords

_NAMES = {"compute": "nova", "placement": "placement", "image": "glance", "network": "neutron"}
_INTERFACES = ("public", "internal")
_DOMAIN = "default"


def register(layout: LabLayout, passwords: Passwords) -> None:
    """Write catalog and users; what a broken earlier attempt left is kept."""
    with connect(layout, layout.regions[0], "admin", passwords.admin, "admin") as cloud:
        identity: Any = cloud.identity
        known = {region.id for region in identity.regions()}
        for region in layout.regions:
            if region not in known:
                identity.create_region(id=region)
        keystone = next(iter(identity.services(type="identity")))
        services = {kind: _service(identity, name, kind) for kind, name in _NAMES.items()}
        have = {(e.service_id, e.region_id, e.interface) for e in identity.endpoints()}
        for region in layout.regions:
            urls = {keystone.id: layout.keystone_url} | {
                services[kind]: url for kind, url in layout.endpoints(region).items()
            }
            _endpoints(identity, region, urls, have)
        _user(identity, SERVICE_USER, passwords.services, SERVICE_PROJECT, ("admin", "service"))
        _user(identity, USER, passwords.tricenter, PROJECT, ("admin", "member", "service"))


def _service(identity: Any, name: str, kind: str) -> str:
    found = next(iter(identity.services(type=kind)), None) or identity.create_service(name=name, type=kind)
    return str(found.id)


def _endpoints(identity: Any, region: str, urls: Mapping[str, str], have: set[tuple[str, str, str]]) -> None:
    for service, url in urls.items():
        for interface in _INTERFACES:
            if (service, region, interface) not in have:
                identity.create_endpoint(service_id=service, region_id=region, interface=interface, url=url)


def _user(identity: Any, name: str, password: str, project: str, roles: tuple[str, ...]) -> None:
    home = identity.find_project(project) or identity.create_project(name=project, domain_id=_DOMAIN)
    user = identity.find_user(name) or identity.create_user(
        name=name, password=password, domain_id=_DOMAIN, default_project_id=home.id
    )
    for role in roles:
        identity.assign_project_role_to_user(home, user, identity.find_role(role, ignore_missing=False))
