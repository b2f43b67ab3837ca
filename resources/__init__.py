"""What ships with the program: icons, the style sheet, the starter weights."""
