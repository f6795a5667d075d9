"""Holds the programs that both doors run: the command line inline, and plain `pulumi up`."""
