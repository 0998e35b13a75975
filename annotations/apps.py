from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AnnotationsConfig(AppConfig):
    name = "annotations"
    verbose_name = "People and gold flows"

    def ready(self) -> None:
        from annotations.services.roles import ensure_roles

        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="annotations.ensure_roles")
