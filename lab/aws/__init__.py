"""Runs an AWS-compatible cloud on moto's server."""
