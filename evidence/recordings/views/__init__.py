"""Pages of recordings, HTTP only: my queue, find, and the tabs of one recording."""
