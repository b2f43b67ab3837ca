"""Tools: mouse and keys to edits; one page of code each."""
