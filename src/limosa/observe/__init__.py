"""Typed events on their way to sinks: the bus, the sentence of each event, and the log sink."""
