"""Our own tables: who ran what, when, from where to where, how long, and how it ended; the fence and the checkpoints."""
