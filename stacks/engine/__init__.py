"""Has the Pulumi engine carry stacks out, and puts right what a dead run left."""
