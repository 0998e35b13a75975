from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AnnotationsConfig(AppConfig):
    name = "annotations"
    verbose_name = "People and gold flows"

    def ready(self) -> None:
        from annotations import receivers
        from annotations.services.roles import ensure_roles
        from extraction.signals import paper_read

        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="annotations.ensure_roles")
        paper_read.connect(receivers.ask_about, dispatch_uid="annotations.ask_about")
