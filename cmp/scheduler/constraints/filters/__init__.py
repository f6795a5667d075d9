"""Keeps the pools that may take a component: one hard constraint a module."""
