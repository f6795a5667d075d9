"""Offers changes of an environment that could make something fit: frozen values, one family a module."""
