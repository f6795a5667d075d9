"""Writes the configuration of every service, and the clouds.yaml that clients use."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from string import Template

import yaml

from lab.folder import write_private
from lab.openstack.layout import SHARED, LabLayout
from lab.openstack.passwords import Passwords
from lab.openstack.spec import RegionSpec

PROJECT = USER = "tricenter"
SERVICE_USER, SERVICE_PROJECT = "services", "service"

_TEMPLATES = Path(__file__).parent / "templates"
_FOLDERS = ("etc", "db", "log", "lock", "images", "staging", "tasks", "nova")
_PER_REGION = ("placement.conf", "glance-api.conf", "neutron.conf", "nova.conf")


def write(layout: LabLayout, specs: tuple[RegionSpec, ...], passwords: Passwords, venv: Path) -> None:
    """Write all files anew; what a template of this version says holds from the next start."""
    for name in (SHARED, *layout.regions):
        for folder in _FOLDERS:
            (layout.region(name) / folder).mkdir(parents=True, exist_ok=True)
    layout.run.mkdir(exist_ok=True)
    write_private(layout.folder / "ports.json", json.dumps(layout.all_ports()))
    _fill("keystone.conf", layout, SHARED, {})
    for spec in specs:
        values = _values(layout, spec.name, passwords, venv)
        for template in _PER_REGION:
            _fill(template, layout, spec.name, values)
        shutil.copy(venv / "etc" / "nova" / "api-paste.ini", layout.region(spec.name) / "etc")
        hosts = {host.name: asdict(host) for host in spec.hosts}
        write_private(layout.region(spec.name) / "etc" / "hosts.json", json.dumps(hosts, indent=1))
    write_private(layout.clouds_yaml, clouds_yaml(layout, passwords))


def clouds_yaml(layout: LabLayout, passwords: Passwords) -> str:
    """Describe the regions to clients: an entry each, for an administrator of Tricenter's own project."""
    login = {
        "auth_url": layout.keystone_url,
        "username": USER,
        "password": passwords.tricenter,
        "project_name": PROJECT,
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
    entries = {
        region: {"auth": dict(login), "region_name": region, "identity_api_version": 3}
        for region in layout.regions
    }
    return yaml.safe_dump({"clouds": entries}, sort_keys=False)


def _values(layout: LabLayout, region: str, passwords: Passwords, venv: Path) -> dict[str, str]:
    """Fill-ins of a region's templates."""
    own_region = f"region_name = {region}"
    login = {"url": layout.keystone_url, "password": passwords.services}
    return {
        "region": region,
        "venv": str(venv),
        **{service: str(port) for service, port in layout.region_ports(region).items()},
        "middleware": _client("keystone_authtoken", login, _middleware(layout.keystone_url)),
        "nova_client": _client("nova", login, own_region),
        "placement_client": _client("placement", login, own_region),
        "neutron_client": _client("neutron", login, own_region),
        "glance_client": _client("glance", login, own_region),
        "service_user": _client("service_user", login, "send_service_user_token = true"),
    }


def _client(section: str, login: dict[str, str], further: str) -> str:
    """Say how one service logs in at keystone to talk to another."""
    lines = (
        f"[{section}]",
        f"auth_url = {login['url']}",
        "auth_type = password",
        f"username = {SERVICE_USER}",
        f"password = {login['password']}",
        f"project_name = {SERVICE_PROJECT}",
        "user_domain_name = Default",
        "project_domain_name = Default",
        further,
    )
    return "\n".join(lines)


def _middleware(url: str) -> str:
    return f"www_authenticate_uri = {url}\nservice_token_roles = service\nservice_token_roles_required = true"


def _fill(template: str, layout: LabLayout, region: str, values: dict[str, str]) -> None:
    folder = layout.region(region)
    places = {"folder": str(folder), "log": str(folder / "log"), "db": str(folder / "db")}
    text = Template((_TEMPLATES / template).read_text()).substitute(places | values)
    write_private(folder / "etc" / template, text)
