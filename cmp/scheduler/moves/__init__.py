"""What moves, and how? Rebalancing, maintenance, and an order of steps in which every promise holds."""
