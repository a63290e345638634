"""What is made of a memory report: sentence, page, JSON and card."""

import json
import math
from dataclasses import replace
from xml.etree import ElementTree

import jsonschema
import pytest

from echoscope.analysis.table import Table
from echoscope.cli.terminal.live import known
from echoscope.measure.baselines.measured import measured, of
from echoscope.measure.report import words
from echoscope.measure.report.card import card, hash_of
from echoscope.measure.report.json_form import schema, to_json
from echoscope.measure.report.page import document_of
from echoscope.measure.results import LATE, MeasuredValue, Verdict
from echoscope.report.html import page_of
from echoscope.report.markdown import text_of
from memory_reports import XRAYED, report


def test_the_first_sentence_says_all_that_was_measured() -> None:
    assert words.headline(report()) == (
        "my_layer.py:MyCell holds 24.1 [23.6, 24.4] bits, echoes lag 7 [6, 8] of 10 symbols at"
        " 95 %, holds one symbol for 31 [30, 32] steps, recalls 6 [5, 7] pairs; lstm of as many"
        " parameters (17 units): 20 [19, 21] bits."
    )


def test_a_censored_span_is_said_to_be_at_least_so_much() -> None:
    axis = replace(report().hold, span=MeasuredValue(128, 90, None, censored=True))
    assert "for at least 128 [90, ?] steps" in words.headline(report(hold=axis))


def test_a_single_training_has_no_interval_in_the_sentence() -> None:
    bits = replace(report().bits, trainings=1, ladder=MeasuredValue(9.0, 0.0, 39.9))
    alone = replace(bits, certified=bits.ladder)
    assert "holds 9 bits in a single training" in words.headline(report(bits=alone))


def test_looks_that_were_not_taken_are_counted() -> None:
    late = replace(XRAYED.verdicts[0], ok=None, reason=LATE, unsure=True)
    cut = replace(XRAYED, verdicts=(*XRAYED.verdicts[1:], late))
    assert words.looked_at(report(xray=cut)).endswith("; for 1 more there was no time.")


def test_what_was_not_measured_is_not_said() -> None:
    bare = report(bits=None, shift=None, hold=None, recall=None, baselines=())
    assert (
        words.headline(bare)
        == "my_layer.py:MyCell was looked at, but no training of it ended in 58 s."
    )
    assert to_json(bare)["bits"] is None


@pytest.mark.parametrize(
    "certified", [MeasuredValue(26.0, 25.0, 27.0), MeasuredValue(26.0, 10.0, 42.0)]
)
def test_the_headline_is_the_bits_of_the_higher_lower_end(certified: MeasuredValue) -> None:
    bits = replace(report().bits, certified=certified)
    assert words.held(bits) == (certified if certified.low == 25.0 else bits.ladder)


@pytest.mark.parametrize("gone", [(), ("bits",), ("shift", "hold", "recall", "precision")])
def test_the_json_keeps_to_its_published_schema(gone: tuple[str, ...]) -> None:
    values = to_json(report(**dict.fromkeys(gone)))
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(values, schema(), cls=jsonschema.Draft202012Validator)
    assert values["layer"] == "my_layer.py:MyCell"
    assert values["xray"]["causal"]["ok"] is True
    for name, part in (("bits", "bits"), ("span", "shift"), ("hold", "hold")):
        assert (values[name] is None) == (part in gone)


def test_numbers_that_are_not_finite_are_null_in_the_json() -> None:
    fault = Verdict("reach", False, math.inf, 100.0, "It explodes at birth.")
    wild = replace(XRAYED, verdicts=(*XRAYED.verdicts, fault), reach=((0, 1.0), (1, math.inf)))
    values = to_json(report(xray=wild))
    assert values["xray"]["reach"]["number"] is None
    assert values["reach"] == [[0, 1.0], [1, None]]
    assert json.loads(json.dumps(values, allow_nan=False)) == values
    jsonschema.validate(values, schema(), cls=jsonschema.Draft202012Validator)


def test_the_schema_refuses_what_is_not_in_it() -> None:
    values = to_json(report()) | {"extra": 1}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, schema())


def test_a_page_has_every_part_in_order() -> None:
    page = page_of(document_of(report()))
    heads = ["Not settled", "The layer", "Three axes", "Bits by lag", "Learning: hold", "Precision"]
    heads += ["Extrapolation", "Beside it", "What others hold", "How it was measured"]
    places = [page.index(f">{head}</h2>") for head in heads]
    assert places == sorted(places)
    assert "24.1 [23.6, 24.4] bits" in page
    assert "![Where the bits sit]" in text_of(document_of(report()), "folder")


def test_what_was_measured_once_stands_beside_a_layer_that_was_asked_the_same() -> None:
    asked, others = document_of(report()), document_of(report(vocab_size=11))
    bare = document_of(report(bits=None, shift=None, hold=None, recall=None))
    titles = [
        {block.title: block for block in page.blocks if isinstance(block, Table)}
        for page in (asked, others, bare)
    ]
    name = "Baselines as measured once"
    assert [name in found for found in titles] == [True, False, False]
    rows = {row[0]: row for row in titles[0][name].rows}
    lstm = of("lstm")
    assert lstm is not None
    assert lstm.bits is not None
    assert rows["lstm"][1:4] == ("5,504", "64", words.interval(lstm.bits))
    assert len(rows) == len(measured())


def test_a_card_is_one_svg_with_the_hash_of_what_it_says() -> None:
    text = card(report())
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert hash_of(report()) in text
    assert hash_of(report()) == hash_of(report(seconds=1.0, command="another"))
    assert hash_of(report()) != hash_of(report(vocab_size=11))
    assert "holds 24.1 [23.6, 24.4] bits" in text


def test_a_card_says_what_was_not_measured() -> None:
    assert "not measured" not in card(report())
    assert "not measured: bits and recall" in card(report(bits=None, recall=None))


def test_a_card_escapes_what_a_name_brings() -> None:
    identity = replace(XRAYED.identity, source='<script>"&')
    text = card(report(xray=replace(XRAYED, identity=identity)))
    assert "<script>" not in text
    ElementTree.fromstring(text)


def test_a_fault_is_named_first() -> None:
    fault = Verdict("causal", False, 0.3, 1e-5, "It looks ahead by one step.")
    broken = report(xray=replace(XRAYED, verdicts=(fault,)))
    assert "It looks ahead by one step." in words.looked_at(broken)
    assert "It looks ahead" in page_of(document_of(broken))
    assert "It looks ahead" in card(broken)


def test_what_is_known_so_far_is_a_line_each() -> None:
    first, bits, shift, *rest = known(report())
    assert first == "The X-ray found no fault in 4 looks."
    assert bits == "bits    24.1 [23.6, 24.4] of 39.9 asked, from 6 trainings"
    assert shift == "shift   7 [6, 8] time steps back, 1 of 2 trainings solved"
    assert len(rest) == 2
    assert list(known(report(bits=None, shift=None, hold=None, recall=None))) == [first]
