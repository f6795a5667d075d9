"""Builds what tests need: values with one thing changed, small labs, networks, estates, and who asks them."""
