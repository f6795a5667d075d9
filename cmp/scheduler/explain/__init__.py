"""Why here? The conditions of each pool beside a Plan, in the operator's words."""
