"""Pixels of the tools: pure numpy and OpenCV, no Qt."""
