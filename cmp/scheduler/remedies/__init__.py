"""What would help? Changes that would make the refused fit, each proven by planning again."""
