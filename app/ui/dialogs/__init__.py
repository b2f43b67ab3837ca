"""Dialogues that show what file work will do, do it, and tell what it did."""
