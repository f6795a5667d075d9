"""Compiles inner loops to native code, once for a machine and a version, and keeps it for all clones.

What is compiled says so with `loops.compiled`, `lean` or `inlined`. What Python calls of it is brought
together in a `units.Unit`, which is compiled as one piece. Nothing here knows what the loops are for.
"""
