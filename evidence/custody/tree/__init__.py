"""The tree over the custody record, in pure functions: RFC 6962 hashing, tiles, proofs, signed notes, checkpoints.

Nothing here knows a database or a key's whereabouts. Wire formats are C2SP's (signed-note, tlog-checkpoint, tlog-tiles,
tlog-proof, tlog-cosignature), so that tools which are not ours read them. A newcomer's trap: a leaf is hashed from the
exact bytes of an event's body, never from a body that was parsed and written again.
"""
