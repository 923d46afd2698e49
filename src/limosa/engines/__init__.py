"""The only room that opens connections: one folder an engine, one protocol for all."""
