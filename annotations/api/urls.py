"""Addresses of the REST API, below /api/."""

from __future__ import annotations

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from annotations.api.views import docs, flows, networks, papers, review, tasks, token

version_1 = [
    path("token/", token.Token.as_view(), name="token"),
    path("catalogue/", flows.Catalogue.as_view(), name="catalogue"),
    path("flows/check/", flows.Check.as_view(), name="flow-check"),
    path("flows/preview/", flows.Preview.as_view(), name="flow-preview"),
    path("papers/", papers.Papers.as_view(), name="papers"),
    path("papers/<int:pk>/", papers.OnePaper.as_view(), name="paper"),
    path("papers/<int:pk>/retry/", papers.RetryPaper.as_view(), name="paper-retry"),
    path("papers/<int:pk>/figures/", papers.Figures.as_view(), name="figures"),
    path("papers/<int:pk>/readings/", papers.Readings.as_view(), name="readings"),
    path("readings/<int:pk>/", papers.OneReading.as_view(), name="reading"),
    path("tasks/", tasks.Tasks.as_view(), name="tasks"),
    path("tasks/next/", tasks.NextTask.as_view(), name="task-next"),
    path("tasks/<int:pk>/", tasks.OneTask.as_view(), name="task"),
    path("tasks/<int:pk>/lease/", tasks.TakeLease.as_view(), name="task-lease"),
    path("tasks/<int:pk>/draft/", tasks.SaveDraft.as_view(), name="task-draft"),
    path("tasks/<int:pk>/submit/", tasks.Submit.as_view(), name="task-submit"),
    path("tasks/<int:pk>/skip/", tasks.Skip.as_view(), name="task-skip"),
    path("tasks/<int:pk>/release/", tasks.Release.as_view(), name="task-release"),
    path("tasks/<int:pk>/close/", tasks.Close.as_view(), name="task-close"),
    path("tasks/<int:pk>/reopen/", tasks.Reopen.as_view(), name="task-reopen"),
    path("review/", review.Queue.as_view(), name="review"),
    path("review/<int:pk>/", review.OneReview.as_view(), name="review-task"),
    path("review/<int:pk>/decide/", review.Decide.as_view(), name="review-decide"),
    path("networks/", networks.Networks.as_view(), name="networks"),
    path("networks/<int:number>/", networks.OneNetwork.as_view(), name="network"),
    path("networks/<int:number>/code/<str:framework>/", networks.Code.as_view(), name="network-code"),
    path("networks/<int:number>/zip/", networks.Archive.as_view(), name="network-zip"),
]

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", docs.Docs.as_view(), name="api-docs"),
    path("v1/", include((version_1, "annotations"), namespace="api")),
]
