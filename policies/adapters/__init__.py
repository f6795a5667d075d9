"""Brings the rules to the places that enforce them: the Pulumi engine and playbooks."""
