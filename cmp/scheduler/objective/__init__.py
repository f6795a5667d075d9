"""What does it cost? The parts of the objective, and what moving from one Plan to another takes."""
