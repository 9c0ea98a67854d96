"""What every page has: a login, the log position it was read at, and its live regions alone."""

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views import View

from dashboard.parts.counts import KindCounts, present_counts
from dashboard.parts.navigation import present_navigation
from state.access.principals import Principal
from state.access.users import principal_of_user
from state.domain.errors import RETRYABLE, Unauthenticated, VersionNotReached
from state.domain.kinds import Kind
from state.service import reading

FRAGMENT_HEADER = "Lightning-Fragment"


class LivePage(LoginRequiredMixin, View):
    """A page that its socket keeps up to date.

    The cursor is read before anything the page shows, so whatever is committed while the page is
    being read comes again over the socket, and nothing in between is missed.

    With the header ``Lightning-Fragment`` only the main part is answered: that is how an open
    page reads itself anew.
    """

    template_name: ClassVar[str]
    section: ClassVar[str]
    least_role: ClassVar[str] = "viewer"
    watched_kinds: ClassVar[tuple[Kind, ...]] = ()
    shows_activity: ClassVar[bool] = False
    topics: ClassVar[tuple[str, ...]] = ()
    """The figures this page shows besides the counts (see ``live/topics.py``)."""
    counts: Mapping[str, KindCounts]

    def get(self, request: HttpRequest, **url_parts: str) -> HttpResponseBase:
        if not self.principal.may(self.least_role):
            told = {"needed": self.least_role, "role": self.principal.role}
            return self._answer(render(request, "dashboard/forbidden.html", told, status=403))
        return self._answer(self._read(request))

    def _read(self, request: HttpRequest) -> HttpResponse:
        context = self.frame_context()
        context.update(self.read_page())
        return self.render_page(context)

    def frame_context(self, counted: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """What every page's template is given.

        ``counted`` are counts of the past, of the kinds that the page is about.
        """
        summary = reading.summary()
        self.counts = present_counts(summary if counted is None else counted)
        return {
            "base": "dashboard/fragment.html" if self.is_fragment else "dashboard/base.html",
            "section": self.section,
            "cursor": summary["cursor"],
            "counts": self.counts,
            "navigation": present_navigation(
                self.section,
                {of.kind: of.total for of in self.counts.values()},
                self.principal,
            ),
            "watched_kinds": " ".join(self.watched_kinds),
            "shows_activity": self.shows_activity,
            "topics": " ".join(self.topics),
            "now_ms": int(time.time() * 1000),
            "may_write": self.principal.may("agent"),
            "may_operate": self.principal.may("operator"),
            "may_administer": self.principal.may("admin"),
            "refetch": "row",
        }

    def render_page(self, context: Mapping[str, Any]) -> HttpResponse:
        """The page, or the ``template`` of its context, with the context's ``status``."""
        # An open page that reads itself anew is no failure when its state was deleted meanwhile.
        status = 200 if self.is_fragment else context.get("status", 200)
        template = context.get("template", self.template_name)
        return render(self.request, template, context, status=status)

    def read_page(self) -> Mapping[str, Any]:
        """What this page shows, as template context."""
        raise NotImplementedError

    @cached_property
    def principal(self) -> Principal:
        """Who looks: what the page offers to do is what the API would let this caller do."""
        principal = principal_of_user(self.request.user)
        if principal is None:
            raise Unauthenticated()
        return principal

    def api_url(self, path: str) -> str:
        """The absolute URL of a call, for the examples on empty pages."""
        base = reverse("dashboard:overview")
        return self.request.build_absolute_uri(f"{base}api/v1/{path}")

    @property
    def is_fragment(self) -> bool:
        return FRAGMENT_HEADER in self.request.headers

    @property
    def min_version(self) -> int:
        """The version an open page already knows of: reading itself anew must not go back."""
        given = self.request.headers.get("Lightning-Min-Version", "")
        return int(given) if given.isdecimal() and len(given) < 19 else 0

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if self.is_fragment and not request.user.is_authenticated:
                # A redirect would put the login form into a list.
                return HttpResponse(status=401)
            return super().dispatch(request, *args, **kwargs)
        except (*RETRYABLE, VersionNotReached) as error:
            # Version: this worker's database (a replica) is behind what the page already shows.
            return render(request, "dashboard/unavailable.html", {"error": error}, status=503)

    def _answer(self, response: HttpResponse) -> HttpResponse:
        patch_vary_headers(response, [FRAGMENT_HEADER, "Cookie"])
        response["Cache-Control"] = "no-store"
        return response
