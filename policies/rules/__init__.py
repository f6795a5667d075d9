"""States each rule once, as a predicate over plain values that yields sentences."""
