"""Faults made on purpose: killed and paused processes, cut connections, servers that go away."""
