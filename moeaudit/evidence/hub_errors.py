"""What the Hub library raises, as errors of one line: what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import get_token
from huggingface_hub.errors import (  # type: ignore[attr-defined]  # of httpx or httpx2
    BadRequestError,
    DisabledRepoError,
    EntryNotFoundError,
    FileMetadataError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    HTTPError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from moeaudit.errors import AuditError, NoEvidence, Place, UsageError
from moeaudit.evidence.headers import Transient
from moeaudit.text import quoted

SPELLING = "Write it as org/name or org/name@revision."
SETTINGS = "Check HF_ENDPOINT and your proxy."


class Unreachable(Transient):
    """No answer, or one that broke off: another attempt may succeed."""


class RepoNotFound(NoEvidence):
    """The Hub has no such repo, or hides it from this token."""


@contextmanager
def translated(place: Place, endpoint: str, file: str = "") -> Iterator[None]:
    """Run a conversation with the Hub; failures of it come out as NoEvidence (a bad id or request as UsageError)."""
    try:
        yield
    except AuditError:
        raise
    except (HTTPError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _translate(error, place, endpoint, file) from error


def _translate(error: Exception, place: Place, endpoint: str, file: str) -> AuditError:
    cause = error.__cause__ if isinstance(error, LocalEntryNotFoundError) and error.__cause__ else error
    match cause:
        case HFValidationError():
            return UsageError("not a Hub id", place=place, hint=SPELLING)
        case GatedRepoError() if get_token():
            return NoEvidence("the repo is gated and your token has no access", place=place,
                              hint=f"Ask for access at {endpoint}/{place.file.partition('@')[0]}.")
        case GatedRepoError():
            return NoEvidence("the repo is gated", place=place,
                              hint="Accept its terms on its page, then set HF_TOKEN or run `hf auth login`.")
        case RepositoryNotFoundError():
            token = "" if get_token() else " If it is private, set HF_TOKEN."
            return RepoNotFound(f"no such repo at {endpoint}", place=place, hint=f"Check the spelling.{token}")
        case RevisionNotFoundError():
            return NoEvidence("no such revision", place=place, hint="Give a branch, tag or commit that the repo has.")
        case DisabledRepoError():
            return NoEvidence("the repo was disabled by the Hub", place=place)
        case EntryNotFoundError():
            return NoEvidence(f"{quoted(file)} is listed but not there", place=place, hint="Try again in a while.")
        case FileMetadataError():
            return NoEvidence(f"{endpoint} does not answer like a Hub", place=place, hint=SETTINGS)
        case HfHubHTTPError():
            return _status(cause, place, endpoint)
        case OSError(filename=str(path), strerror=reason):
            return NoEvidence(f"the Hub's cache cannot be used: {reason}", place=Place(path),
                              hint="Set HF_HOME to a folder that you can write.")
        case HTTPError() | OSError():
            what = "timed out" if "Timeout" in type(cause).__name__ else "could not be reached"
            return Unreachable(f"{endpoint} {what}", place=place,
                               hint="Check the network, HF_ENDPOINT and your proxy, or work from an evidence file.")
        case _:
            return NoEvidence(f"{endpoint} does not answer like a Hub", place=place, hint=SETTINGS)


def _status(error: HfHubHTTPError, place: Place, endpoint: str) -> AuditError:
    status = error.response.status_code
    if status == 401:
        return NoEvidence("the Hub refuses your token", place=place, hint="Renew HF_TOKEN, or unset it.")
    if status == 403:
        return NoEvidence("the Hub forbids access", place=place, hint="Check the permissions of your token.")
    if status == 429:
        return Transient(f"{endpoint} limits the rate of requests", place=place,
                         hint="Wait a few minutes; a token raises the limit.")
    if status >= 500:
        return Transient(f"{endpoint} fails with status {status}", place=place, hint="Try again later.")
    if isinstance(error, BadRequestError):
        return UsageError(f"{endpoint} does not accept this id or revision", place=place, hint=SPELLING)
    return NoEvidence(f"{endpoint} answers with status {status}", place=place, hint=SETTINGS)

