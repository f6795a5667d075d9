"""Opens and writes files by handles: no planted link is followed, nobody else's folder is trusted."""
