"""Shares a line among classes of traffic by DSCP, in both families alike, and reads what each used."""
