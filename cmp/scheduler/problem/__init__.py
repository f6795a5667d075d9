"""What is asked: sizes, rows, groups, layouts, failures, who depends on whom; no choice is known here."""
