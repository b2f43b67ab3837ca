"""The slow path: the whole network is trained on the painted pixels while nothing else is asked."""
