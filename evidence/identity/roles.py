"""The roles a post can have: what a person is there to do. Rights follow from policies, never from a role by itself."""

from django.db.models import TextChoices


class Role(TextChoices):
    """Who uses the product, in the field's words."""

    OFFICER = "officer", "Officer"
    SUPERVISOR = "supervisor", "Supervisor"
    INVESTIGATOR = "investigator", "Investigator"
    DISCLOSURE_OFFICER = "disclosure-officer", "Disclosure officer"
    EVIDENCE_MANAGER = "evidence-manager", "Evidence manager"
    PSD = "psd", "Professional standards"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Force administrator"
