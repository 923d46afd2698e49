"""Looks at everything that a migration needs on this machine, and changes nothing.

Each part is a function that yields what it examined; one that fails keeps no other from being seen.
"""

from __future__ import annotations

from limosa.migrator.doctor.examination import examine

__all__ = ["examine"]
