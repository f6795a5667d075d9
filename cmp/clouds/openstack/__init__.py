"""Carries out wishes on OpenStack through openstacksdk: one module a noun."""
