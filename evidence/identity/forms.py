"""Forms of identity."""

from django.contrib.auth.forms import AuthenticationForm


class SignInForm(AuthenticationForm):
    """Name and password; pasting and password managers are welcome (WCAG 2.2, 3.3.8)."""

    error_messages = {
        "invalid_login": "The sign-in name or the password is not right. Check both and try again.",
        "inactive": "The sign-in name or the password is not right. Check both and try again.",
    }
