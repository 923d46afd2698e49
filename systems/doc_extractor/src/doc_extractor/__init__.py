"""A local document extractor: one SQLite file on a laptop, PostgreSQL in production."""
