"""Runs a real OpenStack control plane per center: keystone, nova, neutron, glance and placement."""
