"""The site's addresses."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, register_converter

from annotations.models.gold import FRAMEWORKS
from dlp2c_site import files, health


class FrameworkConverter:
    """One of the frameworks, so that other pages below a network keep their addresses."""

    regex = "|".join(name for name, _ in FRAMEWORKS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(FrameworkConverter, "framework")

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("files/figures/<int:pk>.png", files.figure_image, name="figure-image"),
    path("files/papers/<int:pk>.pdf", files.paper_pdf, name="paper-pdf"),
    path("networks/<int:number>.zip", files.network_zip, name="network-zip"),
    path("networks/<int:number>/<framework:framework>/", files.network_code, name="network-code"),
    path("api/", include("annotations.api.urls")),
    path("", include("annotations.views.urls")),
]
