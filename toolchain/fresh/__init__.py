"""Tries the project on a machine that never saw it: a minimal Debian, with nothing installed by hand."""
