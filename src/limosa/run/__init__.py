"""The executor: the only place where a revision runs, for real or in a rehearsal."""
