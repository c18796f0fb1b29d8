"""The Django side of Continuity: one room a noun, listed from the ground up in docs/architecture.md."""
