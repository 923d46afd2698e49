"""Frozen values and enums that rooms hand to each other; standard library only, no behaviour that touches the world."""
