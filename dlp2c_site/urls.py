"""The site's addresses."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from dlp2c_site import files, health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("files/figures/<int:pk>.png", files.figure_image, name="figure-image"),
    path("files/papers/<int:pk>.pdf", files.paper_pdf, name="paper-pdf"),
    path("api/", include("annotations.api.urls")),
    path("", include("annotations.views.urls")),
]
