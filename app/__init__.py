"""Maskloop, the desktop program: documents, the engine, the session and the window."""
