"""Tenants: who they are, their keys, and what they may use."""
