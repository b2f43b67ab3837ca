"""The canvas: shows an image under its overlay and turns the pointer into image coordinates."""
