"""Reads the hosts of a private network from an environment's folder, so that plays can be run by hand."""

from __future__ import annotations

from pathlib import Path

import yaml
from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = """
name: tricenter_network
plugin_type: inventory
short_description: The hosts of one private network of a Tricenter environment
description:
  - Reads C(network.yaml) and the host list that it names.
  - The file it is given ends in C(tricenter.yml) and says which environment and network.
options:
  plugin: {description: Names this plugin., required: true, choices: [tricenter_network]}
  environment: {description: "The environment, from where the file lies.", required: true, type: str}
  network: {description: The private network., required: true, type: str}
  managed_only: {description: Leave out hosts that plays cannot change., type: bool, default: true}
"""

EXAMPLES = """
plugin: tricenter_network
environment: ../../inventories/reference
network: office-old-net
"""


class InventoryModule(BaseInventoryPlugin):
    """Gives each host its address, its user and port, and a group for its owner and redundancy group."""

    NAME = "tricenter_network"

    def verify_file(self, path):
        """Take files of our ending alone."""
        return super().verify_file(path) and path.endswith("tricenter.yml")

    def parse(self, inventory, loader, path, cache=True):
        """Add the hosts of the network; raises AnsibleParserError with the file that is wrong."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        # A `path` would have been resolved by Ansible already, against the folder of its own settings.
        folder = (Path(path).parent / self.get_option("environment")).resolve()
        private = self._private(folder)
        if private.get("secrecy") == "state-secret":
            raise AnsibleParserError(
                "{} is classified: only non-classified networks move".format(private["id"])
            )
        for host in _read(folder / private["hosts"])["hosts"]:
            if host.get("secrecy") == "state-secret":
                raise AnsibleParserError(
                    "{} is classified: only non-classified hosts move".format(host["name"])
                )
            if host.get("kind", "linux") == "linux" or not self.get_option("managed_only"):
                self._add(host)

    def _private(self, folder):
        wanted = self.get_option("network")
        networks = _read(folder / "network.yaml").get("private_networks", [])
        found = [each for each in networks if each["id"] == wanted]
        if not found:
            known = ", ".join(each["id"] for each in networks)
            raise AnsibleParserError(f"no private network {wanted} in {folder}; known: {known}")
        return found[0]

    def _add(self, host):
        ssh = host.get("ssh", {})
        name = host["name"]
        self.inventory.add_host(name)
        values = {
            "ansible_host": ssh.get("address", host["addresses"][0].split("/")[0]),
            "ansible_port": ssh.get("port", 22),
            "extranet_services": host.get("services", []),
            "extranet_manager": host.get("manager", "ifupdown"),
        }
        if "user" in ssh:
            values["ansible_user"] = ssh["user"]
        for key, value in values.items():
            self.inventory.set_variable(name, key, value)
        for kind in ("owner", "group"):
            if kind in host:
                group = self.inventory.add_group("{}_{}".format(kind, host[kind].replace("-", "_")))
                self.inventory.add_child(group, name)


def _read(path):
    try:
        return yaml.safe_load(path.read_text())
    except (OSError, yaml.YAMLError) as error:
        raise AnsibleParserError(f"cannot read {path}: {error}") from error
