"""What may differ for good reason, and how it is known that nothing has changed since a check passed."""
