"""Builds a private network, its edges, the extranet behind them and real hosts out of network namespaces."""
