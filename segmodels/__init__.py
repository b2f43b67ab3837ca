"""Models that learn segmentation from a few painted pixels, on plain arrays."""
