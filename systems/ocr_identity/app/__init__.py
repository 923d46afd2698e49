"""A service that reads identity documents; its schema is migrated by the revisions beside it."""
