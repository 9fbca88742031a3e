"""The public tau2-bench retail domain behind our registry, guards and ledger; its data stays where it is."""
