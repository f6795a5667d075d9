"""Says which flows a zone lets through, judges packets by it, finds missing twins, writes it for nftables."""
