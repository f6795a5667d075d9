"""Plans addresses: allocation per zone and center, flows between components, lint in both families."""
