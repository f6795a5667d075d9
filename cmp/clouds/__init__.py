"""Speaks to clouds through their own clients: one package a kind of cloud, small Protocols above them."""
