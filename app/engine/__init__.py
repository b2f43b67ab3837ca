"""The worker thread that owns the model and the device. No Qt."""
