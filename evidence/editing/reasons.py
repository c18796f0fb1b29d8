"""Why something in a picture is covered or a sound is muted. Codes go into recipes and never change meaning."""

COVER_REASONS: tuple[tuple[str, str], ...] = (
    ("privacy", "Privacy of a third party"),
    ("victim", "Victim or witness"),
    ("child", "Child"),
    ("personal-details", "Personal details (address, number plate, document)"),
    ("medical", "Medical or intimate"),
    ("tactics", "Police tactics or a covert identity"),
    ("privileged", "Legally privileged"),
    ("other", "Another reason"),
)
