"""SQLite through the standard library: sessions, the runner lock, the rebuild guard."""
