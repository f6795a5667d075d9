"""Starts the policy pack for the engine."""

from policies.adapters.pulumi import pack

pack()
