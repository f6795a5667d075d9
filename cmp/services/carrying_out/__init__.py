"""Carries a Plan out on clouds: access, preview, apply, destroy."""
