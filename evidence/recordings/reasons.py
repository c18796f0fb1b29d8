"""The force's list of reasons for opening a recording. Codes go into the record and never change meaning."""

REASONS: tuple[tuple[str, str], ...] = (
    ("statement", "Writing my statement"),
    ("review", "Supervision or dip sample"),
    ("investigation", "Investigation"),
    ("disclosure", "Disclosure or court preparation"),
    ("complaint", "Complaint or professional standards"),
    ("request", "Subject access or other request"),
    ("technical", "Checking that the recording is complete"),
    ("other", "Another reason (write it below)"),
)
CODES = frozenset(code for code, _ in REASONS)
LABELS = dict(REASONS)
