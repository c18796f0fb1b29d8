"""What runs outside the web process: the media library, discs, and the one place that starts processes."""
