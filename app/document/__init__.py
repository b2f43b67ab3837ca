"""The data of a project: classes, images, label layers, edits, files. No Qt, no torch."""
