"""Our own tables: who ran what, when, and how it ended; the fence and the checkpoints."""
