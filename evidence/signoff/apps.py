"""What is still seen in a finished copy, and the second person's sign-off: the Django app."""

from django.apps import AppConfig


class SignoffConfig(AppConfig):
    """What is still seen in a finished copy, and the second person's sign-off."""

    name = "evidence.signoff"
    label = "signoff"

    def ready(self) -> None:
        """Have every page of a redaction, and who gives one away, be told whether it is signed off; fill the queue."""
        from evidence.recordings.leaving import bar_register, caution_register  # noqa: PLC0415 - models load after the apps
        from evidence.recordings.marks import mark_register  # noqa: PLC0415 - the same
        from evidence.signoff.marks import bar_of, caution_of, tag_of  # noqa: PLC0415 - the same
        from evidence.signoff.sections import sections_register  # noqa: PLC0415 - the same

        mark_register("sign-off", tag_of)
        caution_register("sign-off", caution_of)
        bar_register("sign-off", bar_of)
        sections_register()
