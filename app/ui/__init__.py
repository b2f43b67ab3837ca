"""The window: canvas, docks, tools. Talks to the session only."""
