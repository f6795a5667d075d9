"""Steps from one layout of the shared database to the next, oldest first; each is written once and stays."""
