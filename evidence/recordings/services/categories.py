"""The force's list of categories: what a recording can be tagged with, and how long it is kept for that."""

from evidence.recordings.models import Category


def category_add(*, name: str, retention_days: int, is_evidential: bool = True) -> Category:
    """Add a category.

    Raises:
        ValidationError: the name is taken or empty, or the days are not a whole number above 0.
    """
    category = Category(name=name.strip(), retention_days=retention_days, is_evidential=is_evidential)
    category.full_clean()
    category.save()
    return category
