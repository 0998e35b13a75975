from django.apps import AppConfig
from django.db.models.signals import post_migrate, post_save


class AnnotationsConfig(AppConfig):
    name = "annotations"
    verbose_name = "People and gold flows"

    def ready(self) -> None:
        from annotations import receivers
        from annotations.services.classifier import LABELS
        from annotations.services.roles import ensure_roles
        from extraction.labels import provide
        from extraction.signals import paper_read

        post_migrate.connect(ensure_roles, sender=self, dispatch_uid="annotations.ensure_roles")
        provide(LABELS)
        paper_read.connect(receivers.ask_about, dispatch_uid="annotations.ask_about")
        for model in ("FigureKind", "GoldFlow", "GoldWithdrawal", "ReviewUndo"):
            post_save.connect(
                receivers.hand_over, sender=self.get_model(model), dispatch_uid=f"annotations.hand_over.{model}"
            )
