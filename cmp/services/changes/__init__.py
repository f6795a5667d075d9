"""Who changes an environment, by what right of turn, and what is written down of it."""
