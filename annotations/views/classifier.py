"""How the machine learns: its versions and retrainings; for administrators, starting one and going back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from annotations.numbers import number
from annotations.selectors import page_classifier
from annotations.services import classifier as services
from annotations.services.errors import ServiceError
from annotations.services.permissions import may_retrain
from annotations.views._http import go, is_htmx, member, needs, person
from extraction.models import TrainingRun


@require_safe
def classifier(request: HttpRequest) -> HttpResponse:
    return _classifier(request)


def _classifier(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    page = page_classifier.classifier_page(
        viewer=person(request), measure=request.GET.get("measure", ""), page=request.GET.get("page", 1)
    )
    context = {"page": page, "inside": page.inside, "measures": page_classifier.MEASURES, "error": error}
    return render(request, "classifier/classifier.html", context, status=status)


@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    return _run(request, pk)


def _run(request: HttpRequest, pk: int, *, error: str = "", status: int = 200) -> HttpResponse:
    try:
        page = page_classifier.run_page(pk=pk, viewer=person(request))
    except TrainingRun.DoesNotExist as missing:
        raise Http404(f"There is no retraining with the number {pk}.") from missing
    context = {"page": page, "run": page.run, "inside": page.inside, "error": error, "sent": request.POST}
    template = "classifier/run_body.html" if is_htmx(request) and request.method == "GET" else "classifier/run.html"
    return render(request, template, context, status=status)


@needs(may_retrain)
@require_POST
def retrain(request: HttpRequest) -> HttpResponseBase:
    """Twice is once: the second finds the retraining that is under way."""
    try:
        found, new = services.start(actor=member(request))
    except ServiceError as error:
        return _classifier(request, error=str(error), status=422)
    said = f"{found} is started." if new else f"{found} is under way already."
    return go(request, "classifier-run", found.pk, message=said)


@needs(may_retrain)
@require_POST
def use(request: HttpRequest) -> HttpResponseBase:
    """Let an earlier version answer again; without `run` the one that comes with the installation."""
    asked = request.POST.get("run", "")
    chosen = get_object_or_404(TrainingRun.objects.defer("release"), pk=number(asked) or 0) if asked else None
    try:
        done = services.use(run=chosen, actor=member(request), note=request.POST.get("note", ""))
    except ServiceError as error:
        if chosen is None:
            return _classifier(request, error=str(error), status=422)
        return _run(request, chosen.pk, error=str(error), status=422)
    return go(request, "classifier", message=f"Version {done.version} answers from now on.")
