"""Plans how a private network moves: who moves when, what hosts change and undo, what is checked."""
