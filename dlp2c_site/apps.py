"""How the site collects its static files."""

from __future__ import annotations

from django.contrib.staticfiles.apps import StaticFilesConfig


class SiteStaticFilesConfig(StaticFilesConfig):
    # The editor's source is built into static/build; only what is built is served.
    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "editor"]
