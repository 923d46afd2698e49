"""PostgreSQL through psycopg 3: sessions, the runner lock, the watchdog, and judgement of errors and statements."""
