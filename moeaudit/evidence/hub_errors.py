"""What a Hub refuses, and what keeps it from answering, as errors of one line: what is wrong, and what to do.

Statuses and error codes mean what the Hub library reads in them (`hf_raise_for_status` of its `utils/_http.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from moeaudit.errors import AuditError, NoEvidence, Place, Transient, UsageError
from moeaudit.evidence.request import OUT_OF_TIME, Answer, Fault, told_to_wait
from moeaudit.later import dataclass
from moeaudit.limits import LONGEST_PAUSE, SECONDS_TOGETHER
from moeaudit.text import quoted

SPELLING = "Write it as org/name or org/name@revision."
SETTINGS = "Check HF_ENDPOINT and your proxy."

DAY = 86_400.0
"""Seconds. What servers say beyond is no plan of theirs."""

BAD_TOKEN = "Invalid credentials in Authorization header"
DISABLED = "Access to this resource is disabled."


class Unreachable(Transient):
    """No answer, or one that broke off: another attempt may succeed."""


class RepoNotFound(NoEvidence):
    """The Hub has no such repo, or hides it from this token."""


@dataclass(frozen=True)
class Errors:
    """The errors of one conversation: about which model, with which Hub, with a token or without."""

    place: Place
    endpoint: str
    token: bool
    seconds: float = SECONDS_TOGETHER

    def no_answer(self, fault: Fault) -> AuditError:
        if fault.what in ("timed out", "could not be reached"):
            return Unreachable(
                f"{self.endpoint} {fault.what}",
                place=self.place,
                hint="Check the network, HF_ENDPOINT and your proxy, or work from an evidence file.",
            )
        if fault.what == OUT_OF_TIME:
            return Unreachable(
                f"{self.endpoint} {fault.what} after {self.seconds:,g} seconds for all of this model",
                place=self.place,
                hint="Allow more with --timeout SECONDS, or try again later.",
            )
        return self.not_a_hub(fault.what)

    def not_a_hub(self, what: str = "does not answer like a Hub") -> Transient:
        return Transient(f"{self.endpoint} {what}", place=self.place, hint=SETTINGS)

    def refused(self, answer: Answer, file: str = "") -> AuditError:
        """The error of an answer that is not the thing asked for."""
        code, text = answer.headers.get("x-error-code"), answer.headers.get("x-error-message")
        place, status = self.place, answer.status
        if code == "RevisionNotFound":
            return NoEvidence("no such revision", place=place, hint="Give a branch, tag or commit that the repo has.")
        if code == "EntryNotFound" and file:
            return NoEvidence(f"{quoted(file)} is listed but not there", place=place, hint="Try again in a while.")
        if code == "GatedRepo":
            return self._gated()
        if text == DISABLED:
            return NoEvidence("the repo was disabled by the Hub", place=place)
        if code == "RepoNotFound" or (status == 401 and text != BAD_TOKEN and not self.token):
            hint = "" if self.token else " If it is private, set HF_TOKEN."
            return RepoNotFound(f"no such repo at {self.endpoint}", place=place, hint=f"Check the spelling.{hint}")
        if status == 401:
            return NoEvidence("the Hub refuses your token", place=place, hint="Renew HF_TOKEN, or unset it.")
        if status == 403:
            return NoEvidence("the Hub forbids access", place=place, hint="Check the permissions of your token.")
        if status == 429:
            return self._limited(answer.headers)
        if status >= 500:
            return Transient(f"{self.endpoint} fails with status {status}", place=place, hint="Try again later.")
        if status == 400 and not file:
            return UsageError(f"{self.endpoint} does not accept this id or revision", place=place, hint=SPELLING)
        return NoEvidence(f"{self.endpoint} answers with status {status}", place=place, hint=SETTINGS)

    def _gated(self) -> NoEvidence:
        if self.token:
            return NoEvidence(
                "the repo is gated and your token has no access",
                place=self.place,
                hint=f"Ask for access at {self.endpoint}/{self.place.file.partition('@')[0]}.",
            )
        return NoEvidence(
            "the repo is gated",
            place=self.place,
            hint="Accept its terms on its page, then set HF_TOKEN or run `hf auth login`.",
        )

    def _limited(self, headers: Mapping[str, str]) -> Transient:
        wait = told_to_wait(headers) or 0.0
        when = f"Try again in {wait:,.0f} seconds" if wait > LONGEST_PAUSE else "Wait a few minutes"
        when = "Try again another day" if wait > DAY else when
        return Transient(
            f"{self.endpoint} limits the rate of requests", place=self.place, hint=f"{when}; a token raises the limit."
        )
