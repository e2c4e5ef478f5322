"""Whether a model without routed experts is dense: not where something in its files speaks of experts that are gone."""

from __future__ import annotations

from dataclasses import replace

from moeaudit.architecture.traces import trace_of_experts
from moeaudit.evidence.model import Evidence
from moeaudit.ledger.account import Account
from moeaudit.ledger.classify import guess
from moeaudit.ledger.ledger import Ledger
from moeaudit.text import quoted
from moeaudit.vocabulary import Component

OF_EXPERTS = frozenset({Component.ROUTER, Component.ROUTER_BIAS, Component.ROUTED_EXPERTS, Component.SHARED_EXPERTS})
"""What a name may tell of that only models with experts have."""

BESIDE = {Component.ROUTER: "a router", Component.ROUTER_BIAS: "a router", Component.SHARED_EXPERTS: "shared experts"}
"""What a layer has only beside routed experts."""


def with_doubt(account: Account, evidence: Evidence) -> Account:
    """The account of a model without experts, its ledger with the reason where it is not settled that nothing is
    routed."""
    ledger, described = account.ledger, account.architecture
    if ledger is None or ledger.uncounted:
        return account
    reason = left_behind(ledger)
    if not reason and not (described is not None and account.agrees):  # weights that are whole have lost nothing
        reason = told_of(evidence)
    if not reason:
        return account
    doubted = replace(ledger, unsettled=reason)
    return replace(account, weights=doubted) if account.weights is not None else replace(account, config=doubted)


def left_behind(ledger: Ledger, *also: str) -> str:
    """Why tensors, or what else is known of them, speak of experts that none of them holds."""
    found = ledger.components()
    if Component.ROUTED_EXPERTS in found:
        return ""
    told = [f"its tensors hold {words}" for component, words in BESIDE.items() if component in found]
    return said(next(iter((*told, *also)), ""))


def told_of(evidence: Evidence) -> str:
    """Why names of tensors, or the config, speak of experts that nothing describes or holds."""
    if named := named_experts(evidence):
        return said(f"{named} tells of experts")
    trace = trace_of_experts(evidence.config.data) if evidence.config is not None else ""
    return said(f"{trace} speaks of experts" if trace else "")


def named_experts(evidence: Evidence) -> str:
    """The first stored tensor whose name tells of experts, and where it is named; empty where none does."""
    table = evidence.headers or (evidence.index.table if evidence.index is not None else None)
    groups = table.groups if table is not None else ()
    found = next((one.template for one in groups if guess(one.template).component in OF_EXPERTS), None)
    if found is None:
        return ""
    return f"{quoted(found)} in the {'headers' if evidence.headers is not None else 'index'}"


def said(trace: str) -> str:
    return f"no routed experts are described, and {trace}: whether it is sparse is not settled" if trace else ""
