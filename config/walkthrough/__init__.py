"""The main job, end to end, on one real file, through the public API of running services, checked by others' tools."""
