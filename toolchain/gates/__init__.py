"""Runs every gate and test group, side by side where cores are free; names what cannot run here."""
