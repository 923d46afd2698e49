"""Frozen values and enums that rooms hand to each other; standard library only, and nothing is touched."""
