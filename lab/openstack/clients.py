"""Logs in at a lab's own keystone, whatever clouds.yaml or environment the user has."""

from __future__ import annotations

import openstack
from openstack.connection import Connection

from lab.openstack.layout import LabLayout


def connect(layout: LabLayout, region: str, user: str, password: str, project: str) -> Connection:
    """Open a connection to a region; nothing is asked until it is used."""
    cloud = openstack.connect(
        load_yaml_config=False,
        load_envvars=False,
        auth_url=layout.keystone_url,
        username=user,
        password=password,
        project_name=project,
        user_domain_name="Default",
        project_domain_name="Default",
        region_name=region,
    )
    cloud.session.session.trust_env = False  # a proxy would carry the administrator's password elsewhere
    return cloud
