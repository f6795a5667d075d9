"""Plans how a private network moves: who moves when, what each host changes, how that is undone, what is checked."""
