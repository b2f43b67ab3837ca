"""The panels around the canvas; each knows the session and no other panel."""
