"""Files: uploaded, listed, fetched and deleted, each in its tenant's folder."""
