"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path

from annotations.views import guide, home, networks, papers, people, review, tasks

urlpatterns = [
    path("", home.home, name="home"),
    path("papers/", papers.papers, name="papers"),
    path("papers/upload/", papers.upload, name="upload"),
    path("papers/<int:pk>/", papers.paper, name="paper"),
    path("papers/<int:pk>/progress/", papers.progress, name="paper-progress"),
    path("papers/<int:pk>/retry/", papers.retry, name="paper-retry"),
    path("networks/", networks.networks, name="networks"),
    path("networks/<int:number>/", networks.network, name="network"),
    path("contribute/", tasks.contribute, name="contribute"),
    path("contribute/next/", tasks.next_task, name="next-task"),
    path("tasks/<int:pk>/", tasks.task, name="task"),
    path("tasks/<int:pk>/answer/", tasks.answer, name="task-answer"),
    path("tasks/<int:pk>/skip/", tasks.skip, name="task-skip"),
    path("review/", review.queue, name="review"),
    path("review/<int:pk>/", review.review_task, name="review-task"),
    path("review/<int:pk>/decide/", review.decide, name="review-decide"),
    path("people/<str:username>/", people.profile, name="profile"),
    path("guide/", guide.guide, name="guide"),
    path("guide/<slug:page>/", guide.guide, name="guide-page"),
    path("privacy/", guide.privacy, name="privacy"),
]
