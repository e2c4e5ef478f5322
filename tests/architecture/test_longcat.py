"""LongCat-Flash: experts that compute nothing, and prediction modules that the config does not settle."""

from __future__ import annotations

from fractions import Fraction

from moeaudit.architecture.weights import Presence
from moeaudit.vocabulary import Component, Part
from tests.architecture.published import LONGCAT, read


def test_longcat_does_not_say_whether_its_prediction_module_is_stored() -> None:
    assert {weight.presence for weight in read(LONGCAT).weights if weight.part is Part.MTP} == {Presence.OPTIONAL}
    stated = read(LONGCAT, num_nextn_predict_layers=1)
    assert {weight.presence for weight in stated.weights if weight.part is Part.MTP} == {Presence.STORED}


def test_a_config_without_prediction_modules_describes_none() -> None:
    """LongCat's table and norm of prediction go with its modules."""
    for modules in (0, 1):
        model = read(LONGCAT, num_nextn_predict_layers=modules)
        assert bool([weight for weight in model.weights if weight.part is Part.MTP]) is bool(modules)


def test_zero_experts_make_the_share_a_range() -> None:
    """LongCat-Flash's report: 18.6 to 31.3 billion parameters active (cut, not rounded), about 27 on average."""
    model = read(LONGCAT)
    main = [
        weight
        for weight in model.weights
        if weight.part is Part.LANGUAGE and weight.component is not Component.EMBEDDING
    ]
    billions = [
        float(sum(weight.elements * getattr(weight.share, bound) for weight in main)) / 1e9
        for bound in ("low", "typical", "high")
    ]
    assert [int(value * 10) / 10 for value in (billions[0], billions[2])] == [18.6, 31.3]
    assert round(billions[1]) == 27
    routed = next(weight for weight in main if weight.component is Component.ROUTED_EXPERTS)
    assert routed.share.typical == Fraction(12, 768) and routed.share.reason
