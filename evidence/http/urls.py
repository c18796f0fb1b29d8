"""Addresses that every site has."""

from django.urls import path

from evidence.http import views

urlpatterns = [path("favicon.ico", views.favicon)]
