"""PostgreSQL through psycopg 3: sessions, the runner lock, the watchdog, and judgements."""
