"""Rules of an address plan, one function each: they look at one prefix in its role and say what is wrong."""
