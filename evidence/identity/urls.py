"""Addresses of identity on the force site."""

from django.urls import path

from evidence.identity.views import SignInView, SignOutView, session_stay

urlpatterns = [
    path("sign-in", SignInView.as_view(), name="sign-in"),
    path("sign-out", SignOutView.as_view(), name="sign-out"),
    path("session/stay", session_stay, name="session-stay"),
]
