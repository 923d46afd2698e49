"""Extractions: requested by a tenant, done by a worker."""
