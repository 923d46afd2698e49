"""The checks that people otherwise make by hand after a migration, each with one answer."""

from limosa.run.verification.verify import verify

__all__ = ["verify"]
