"""What probes and monitoring ask."""
