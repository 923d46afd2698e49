"""The second database: how often what was done, day by day; with models and revisions of its own."""
