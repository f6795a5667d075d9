"""What becomes of it over time? Phases of demand, scaling, shedding, and what has to be bought when."""
