"""What the API's views share."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.auth.models import User
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView


class SignedIn(APIView):
    """For people who are signed in, by session or by token."""

    permission_classes = [IsAuthenticated]


def person(request: Request) -> User:
    """Who asks, in a view for people who are signed in."""
    return cast(User, request.user)


def body(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """What was sent, checked for form.

    Raises:
        rest_framework.exceptions.ValidationError
    """
    read = serializer(data=request.data)
    read.is_valid(raise_exception=True)
    return cast(dict[str, Any], read.validated_data)
