"""Every write of recordings, one file per use case: sealing, preparing, copies, notes and details, playback."""
