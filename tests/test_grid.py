"""Studies: what a text, a list or a file says, which cells follow, which share a program, and every
refusal's sentence.
"""

import dataclasses
import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from echoscope import Experiment, SettingError, preset
from echoscope.studies import study_file
from echoscope.studies.axis import text_of, values_of
from echoscope.studies.cells import Grid
from echoscope.studies.grid import Study, free, label
from echoscope.studies.plan import plan
from echoscope.studies.study_file import study_of_file, to_toml
from echoscope.training.batches import batch_plan


@pytest.mark.parametrize(
    ("setting", "text", "values"),
    [
        ("units", "8,16,32", (8, 16, 32)),
        ("units", " 8 , 16..18 ,30", (8, 16, 17, 18, 30)),
        ("units", "8..64*2", (8, 16, 32, 64)),
        ("units", "8..100*2", (8, 16, 32, 64)),
        ("units", "5..5", (5,)),
        ("units", 8, (8,)),
        ("units", [8, "16..18"], (8, 16, 17, 18)),
        ("units", range(2, 8, 2), (2, 4, 6)),
        ("learning_rate", "1e-4..1e-1*10", (0.0001, 0.001, 0.01, 0.1)),
        ("learning_rate", "0.1..0.5+0.1", (0.1, 0.2, 0.3, 0.4, 0.5)),
        ("learning_rate", "0.5..2*1.5", (0.5, 0.75, 1.125, 1.6875)),
        ("learning_rate", "1e+0,2", (1.0, 2)),
        ("model", "lstm, gru", ("lstm", "gru")),
        ("window", "none,5", (None, 5)),
        ("window", None, (None,)),
        ("target_accuracy", ["none", None, 0.9], (None, None, 0.9)),
        ("lag", "1..3", ((1,), (2,), (3,))),
        ("lag", "1..16+3", ((1,), (4,), (7,), (10,), (13,), (16,))),
        ("lag", "1..15+3", ((1,), (4,), (7,), (10,), (13,))),
        ("lag", "1,4+3", ((1,), (4, 3))),
        ("lag", "-1", ((-1,),)),
        ("lag", "-2..1", ((-2,), (-1,), (0,), (1,))),
        ("lag", "-1+2,2+-1", ((-1, 2), (2, -1))),
        ("lag", [1, [4, 3], (2, 0)], ((1,), (4, 3), (2, 0))),
        ("lag", (4, 3), ((4,), (3,))),
        ("units", "4+3", ("4+3",)),
    ],
)
def test_what_is_said_has_these_values(setting: str, text: object, values: tuple) -> None:
    result = values_of(setting, text)
    assert result == values
    assert list(map(type, result)) == list(map(type, values))


numbers = (
    st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False) | st.none()
)
several = st.lists(st.integers(-9, 9), min_size=1, max_size=3).map(tuple)


@given(st.lists(numbers | st.sampled_from(["lstm", "one-hot"]), min_size=1))
def test_values_there_and_back(values: list) -> None:
    again = values_of("units", text_of(tuple(values)))
    assert list(map(repr, again)) == list(map(repr, values))


@given(st.lists(several, min_size=1))
def test_lags_there_and_back(lags: list) -> None:
    assert values_of("lag", text_of(tuple(lags))) == tuple(lags)


@given(st.integers(-50, 50), st.integers(1, 9), st.integers(4, 30))
def test_even_steps_are_said_short(first: int, step: int, count: int) -> None:
    values = tuple(range(first, first + step * count, step))
    text = text_of(values)
    assert text == f"{first}..{values[-1]}" + (f"+{step}" if step > 1 else "")
    assert values_of("units", text) == values
    assert text_of(values[:3]) == ",".join(map(str, values[:3]))


def test_cells_come_last_axis_fastest_and_seeds_fastest_of_all() -> None:
    study = Study(
        preset="lag", fit="quick", seeds=2, axes={"lag": "1,4+3", "seed": 7, "model": "lstm,gru"}
    )
    assert study.cells() == tuple(
        preset("lag", fit="quick", lag=lag, model=model, seed=seed)
        for lag, model, seed in product([1, (4, 3)], ["lstm", "gru"], [7, 8])
    )
    assert len(study) == 8


def test_a_study_of_nothing_but_a_preset_is_its_seeds() -> None:
    assert Study(preset="partial").cells() == tuple(
        preset("partial", seed=seed) for seed in range(5)
    )


VALUES = {
    "lag": [1, 2, [4, 3], 0],
    "units": [3, 50, 64],
    "learning_rate": [1, 0.001, 0.25],
    "target_accuracy": [None, 0.5, 1],
    "window": [5, 4],
    "model": ["lstm", "gru"],
    "epochs": [7, 2000],
    "seed": [0, 9],
}


def chosen(name: str) -> st.SearchStrategy:
    most = 1 if name == "seed" else None
    return st.lists(st.sampled_from(VALUES[name]), min_size=1, max_size=most, unique_by=json.dumps)


studies = st.builds(
    lambda preset, fit, seeds, axes: Study(preset=preset, fit=fit, seeds=seeds, axes=dict(axes)),
    st.sampled_from(["lag", "partial"]),
    st.sampled_from(["tutorial", "quick"]),
    st.integers(1, 2),
    st.lists(st.sampled_from(list(VALUES)), unique=True, max_size=3).flatmap(
        lambda names: st.tuples(*(st.tuples(st.just(name), chosen(name)) for name in names))
    ),
).filter(lambda study: len(study) <= 24)


@given(studies)
def test_json_and_toml_there_and_back(study: Study) -> None:
    for again in (
        Study.from_json(json.loads(json.dumps(study.to_json(), allow_nan=False))),
        read(to_toml(study)),
    ):
        assert again == study
        assert list(again.axes) == list(study.axes)
        assert again.cells() == study.cells()
        assert (again.id, hash(again)) == (study.id, hash(study))


def read(text: str) -> Study:
    """What a file with this text says."""
    return Study(
        **{
            "axes" if key == "settings" else key: value
            for key, value in study_file.tomllib.loads(text).items()
        }
    )


@given(studies, studies)
def test_the_same_cells_are_the_same_identity(item: Study, other: Study) -> None:
    assert (set(item.cells()) == set(other.cells())) == (item.id == other.id)


@given(studies, st.randoms())
def test_order_changes_no_identity(study: Study, random) -> None:
    axes = [(name, random.sample(values, len(values))) for name, values in study.axes.items()]
    random.shuffle(axes)
    again = study.with_settings(axes=dict(axes))
    assert again.id == study.id
    assert set(again.cells()) == set(study.cells())


def test_identities_stay() -> None:
    assert Study().id == "8606190fef0a"
    assert (
        Study(preset="lag", seeds=5, axes={"lag": "1..16", "window": 20, "units": "8..64*2"}).id
        == "e1437a2720c8"
    )
    assert Study(axes={"units": 50, "lag": 1, "learning_rate": 0.001}).id == Study().id
    assert (
        Study(
            preset="lag",
            axes={"lag": 0, "readout": "all", "units": 20, "batch_size": 7, "epochs": 500},
        ).id
        == Study(preset="whole").id
    )
    assert Study(seeds=4).id != Study().id


def test_a_study_is_frozen_and_hashable() -> None:
    study: Any = Study(axes={"units": "8,16"})
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.seeds = 3
    with pytest.raises(TypeError):
        study.axes["units"] = (1,)
    assert {study: 1}[Study(axes={"units": [8, 16]})] == 1


LATE = "length 25 is too short: a window of 5 with lag 30 needs at least 31; use a longer length."
EARLY = "lag 7 asks for nothing inside a window of 5: use a lag of at most 4, or a longer window."
MANY = "must have at most 1000000 values, not more: use fewer, or larger steps."


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"preset": "lagg"}, "preset 'lagg' is not known: did you mean 'lag'?"),
        ({"preset": ["blind"]}, "preset ['blind'] is not known: did you mean 'blind'?"),
        ({"fit": "slow"}, "fit 'slow' is not known: use tutorial or quick."),
        ({"seeds": 0}, "seeds must be an integer from 1 to 1000, not 0."),
        ({"seeds": "5"}, "seeds must be an integer from 1 to 1000, not '5'."),
        ({"axes": 3}, "axes must be settings with their values, not 3: write {'lag': '1..8'}."),
        ({"axes": {"lagg": 1}}, "A study has no setting 'lagg': did you mean 'lag'?"),
        (
            {"axes": {"fit": "quick"}},
            "fit is said once of a whole study: write it beside the settings, not among them.",
        ),
        (
            {"axes": {"units": "8,16,8"}},
            "units must have each value once, not 8 twice: leave one out.",
        ),
        (
            {"axes": {"learning_rate": [1, 1.0]}},
            "learning_rate must have each value once, not 1.0 twice: leave one out.",
        ),
        (
            {"axes": {"lag": "4+3,1..3,2"}},
            "lag must have each value once, not 2 twice: leave one out.",
        ),
        (
            {"axes": {"window": "none,5,none"}},
            "window must have each value once, not none twice: leave one out.",
        ),
        (
            {"axes": {"seed": "1..5"}},
            "seed must be one integer in a study, not 5: say with seeds how many follow it.",
        ),
        (
            {"seeds": 2, "axes": {"seed": 2**32 - 1}},
            "seeds 2 from seed 4294967295 must end by 4294967295: use a smaller seed.",
        ),
        (
            {"axes": {"units": "1..500", "vocab_size": "2..500"}},
            "A study must have at most 1000000 cells, not 1247500: use fewer values or seeds.",
        ),
        # values
        (
            {"axes": {"units": "8,,16"}},
            "units must be values joined by commas, not '8,,16': say one at each place.",
        ),
        (
            {"axes": {"units": []}},
            "units must have at least one value, not none of them: give one, or leave units out.",
        ),
        ({"axes": {"units": [[8]]}}, "units must be a text, a number, or a list of them, not [8]."),
        (
            {"axes": {"units": {"a": 1}}},
            "units must be a text, a number, or a list of them, not {'a': 1}.",
        ),
        ({"axes": {"lag": [[[1]]]}}, "lag must be a text, a number, or a list of them, not [1]."),
        ({"axes": {"units": "1..9999999"}}, f"units {MANY}"),
        (
            {"axes": {"learning_rate": "1..2*1.00000000000000000000000000001"}},
            f"learning_rate {MANY}",
        ),
        (
            {"axes": {"lag": "1.."}},
            "lag '1..' is not a range: write one as 1..16, 1..16+3 or 8..64*2.",
        ),
        (
            {"axes": {"lag": "1...5"}},
            "lag '1...5' is not a range: write one as 1..16, 1..16+3 or 8..64*2.",
        ),
        (
            {"axes": {"lag": "1+2..4"}},
            "lag '1+2..4' is not a range: write one as 1..16, 1..16+3 or 8..64*2.",
        ),
        (
            {"axes": {"lag": "1..inf"}},
            "lag '1..inf' is not a range: write one as 1..16, 1..16+3 or 8..64*2.",
        ),
        (
            {"axes": {"lag": "16..1"}},
            "lag must go up in a range, not as '16..1': put the smaller end first.",
        ),
        (
            {"axes": {"lag": "1..4+0"}},
            "lag must go up in steps above 0, not as '1..4+0': use a larger step.",
        ),
        (
            {"axes": {"units": "0..8*2"}},
            "units must go up from above 0 by a factor above 1, not as '0..8*2': use even steps.",
        ),
        (
            {"axes": {"units": "1..8*1"}},
            "units must go up from above 0 by a factor above 1, not as '1..8*1': use even steps.",
        ),
        # the settings' own rules, and contradictions
        ({"axes": {"units": 0}}, "units must be an integer from 1 to 100000, not 0."),
        (
            {"axes": {"units": "8..9*1.125"}},
            "The cell units 8.0 cannot be: units must be an integer from 1 to 100000, not 8.0.",
        ),
        ({"axes": {"units": "4+3"}}, "units must be an integer from 1 to 100000, not '4+3'."),
        ({"axes": {"units": True}}, "units must be an integer from 1 to 100000, not True."),
        (
            {"axes": {"learning_rate": 10**400}},
            "learning_rate must be a number above 0 and at most 10, not inf.",
        ),
        (
            {"axes": {"lag": [[]]}},
            "lag must name at least one integer, not none: use 0 for the current one.",
        ),
        (
            {"axes": {"model": "lstm,gruu"}},
            "The cell model gruu cannot be: model 'gruu' is not known: did you mean 'gru'?",
        ),
        ({"axes": {"lag": "1,30"}}, f"The cell lag 30 cannot be: {LATE}"),
        (
            {"axes": {"lag": "0,7", "readout": "all", "units": "8,16"}},
            f"The cell lag 7, units 8 cannot be: {EARLY}",
        ),
        (
            {"preset": "partial", "axes": {"lag": "4+3,1+1"}},
            "The cell lag 1+1 cannot be: lag must name each integer once, not 1,1.",
        ),
    ],
)
def test_refusal(settings: dict, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        Study(**settings)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (3, "A study must be a JSON object, not 3."),
        ({"seed": 3}, "A study has no setting 'seed': did you mean 'seeds'?"),
    ],
)
def test_json_refusal(settings: object, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        Study.from_json(settings)
    assert str(caught.value) == sentence


def test_the_most_is_not_too_many() -> None:
    assert len(values_of("epochs", "1..1000000")) == 1_000_000
    assert len(Study(seeds=1000, axes={"units": "1..1000"})) == 1_000_000
    last = Study(seeds=2, axes={"seed": 2**32 - 2}).cells()
    assert [cell.seed for cell in last] == [2**32 - 2, 2**32 - 1]


FILE = """\
preset = "lag"
fit = "quick"
seeds = 3

[settings]
lag = "1..16"
window = 20
units = [8, "16..64*2"]
model = ["lstm", "gru"]
learning_rate = 0.01
target_accuracy = "none"
"""


def test_a_study_file_says_a_study(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(FILE)
    study = study_of_file(tmp_path / "study.toml")
    assert study == Study(
        preset="lag",
        fit="quick",
        seeds=3,
        axes={
            "lag": range(1, 17),
            "window": 20,
            "units": (8, 16, 32, 64),
            "model": "lstm,gru",
            "learning_rate": 0.01,
            "target_accuracy": None,
        },
    )
    assert list(study.axes) == [
        "lag",
        "window",
        "units",
        "model",
        "learning_rate",
        "target_accuracy",
    ]
    assert len(study) == 16 * 4 * 2 * 3
    assert to_toml(study) == FILE.replace('[8, "16..64*2"]', '"8,16,32,64"').replace(
        '["lstm", "gru"]', '"lstm,gru"'
    )
    (tmp_path / "again.toml").write_text(to_toml(study))
    assert study_of_file(str(tmp_path / "again.toml")) == study


def test_the_reference_shows_a_study_and_its_label(tmp_path: Path) -> None:
    page = (Path(__file__).parent.parent / "docs" / "reference.md").read_text()
    shown = page.split("## Studies")[1].split("    preset =")[1].split("What is not said")[0]
    (tmp_path / "study.toml").write_text("preset =" + shown.replace("\n    ", "\n"))
    assert f"# {label(study_of_file(tmp_path / 'study.toml'))}\n" in page


def test_an_empty_file_says_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_bytes(b"\xef\xbb\xbf")
    assert study_of_file(tmp_path / "study.toml") == Study()
    assert (
        to_toml(Study(preset="blind", seeds=1)) == 'preset = "blind"\nfit = "tutorial"\nseeds = 1\n'
    )


QUOTES = "put a text such as 1..16 or lstm in quotes, and say each key once."


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sedes = 3", "A study file has no key 'sedes': did you mean 'seeds'?"),
        (
            "zebra = 3",
            "A study file has no key 'zebra': use preset, fit, seeds, data, folds or settings.",
        ),
        (
            "lag = 3",
            "lag is a setting of the cells, not a key of a study file: write it under [settings].",
        ),
        (
            "settings = 3",
            "settings must be a table, not 3: write [settings], and each setting on a line under"
            " it.",
        ),
        (
            "[settings]\nfit = 'quick'",
            "fit is said once of a whole study: write it beside the settings, not among them.",
        ),
        ("[settings]\nunit = 3", "A study has no setting 'unit': did you mean 'units'?"),
        (
            "[settings]\nunits = 2026-01-01",
            "units must be a text, a number, or a list of them, not datetime.date(2026, 1, 1).",
        ),
        (
            "preset = 3",
            "preset 3 is not known: use current, blind, lag, whole, partial,"
            " hold, selective-copy or associative-recall.",
        ),
        (
            "seeds = 2\n[settings]\nlag = 1..16",
            (
                "line 3 of {path} must be TOML, and is not (Expected newline or end of document"
                f" after a statement): {QUOTES}"
            ),
        ),
        (
            "[settings]\nmodel = lstm\n",
            f"line 2 of {{path}} must be TOML, and is not (Invalid value): {QUOTES}",
        ),
        (
            "seeds = 2\n[settings]\nlag = [1,\n\n",
            f"line 3 of {{path}} must be TOML, and is not (Invalid value): {QUOTES}",
        ),
        (
            "seeds = 2\nseeds = 3",
            f"line 2 of {{path}} must be TOML, and is not (Cannot overwrite a value): {QUOTES}",
        ),
        (b"\xff\xfe", "{path} must be a TOML text in UTF-8: save it as one."),
        (None, "{path} cannot be read (No such file or directory): name a study file."),
    ],
)
def test_file_refusal(text: str | bytes | None, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingError) as caught:
        study_of_file(path)
    assert str(caught.value) == sentence.format(path=path)


def test_a_plan_knows_what_is_done_and_what_shares_a_program() -> None:
    study = Study(seeds=2, axes={"lag": "1..3,5,6", "units": "8,16", "learning_rate": "0.001,0.01"})
    cells = study.cells()
    done = [cells[0].id, cells[-1].id, "0" * 12]
    planned = plan(study, done)
    assert planned.cells == cells
    assert planned.done == (cells[0], cells[-1])
    assert planned.left == cells[1:-1]
    text = [[(cell.task.lag[0], cell.units) for cell in group[::2]] for group in planned.groups]
    assert [len(group) for group in planned.groups] == [12, 11, 4, 4, 4, 3]
    assert text[0] == [(lag, 16) for lag in (1, 1, 2, 2, 3, 3)]
    assert [places[0] for places in text[2:]] == [(5, 8), (5, 16), (6, 8), (6, 16)]


def test_a_plan_of_what_is_all_done_has_no_group() -> None:
    study = Study(axes={"units": "8,16"})
    planned = plan(study, (cell.id for cell in study.cells()))
    assert (planned.done, planned.left, planned.groups) == (study.cells(), (), ())


@given(studies, st.data())
def test_groups_are_what_is_left_each_cell_once(study: Study, data: st.DataObject) -> None:
    done = data.draw(st.sets(st.sampled_from([cell.id for cell in study.cells()])))
    planned = plan(study, done)
    order = {cell: place for place, cell in enumerate(planned.left)}
    places = [[order[cell] for cell in group] for group in planned.groups]
    assert sorted(place for group in places for place in group) == list(range(len(planned.left)))
    assert {cell.id for cell in planned.done} == done
    assert all(group == sorted(group) for group in places)
    assert places == sorted(places, key=lambda group: (-len(group), group[0]))
    assert len({group[0].shape for group in planned.groups}) == len(planned.groups)
    assert all(len({cell.shape for cell in group}) == 1 for group in planned.groups)


@pytest.mark.parametrize(
    ("start", "item", "other", "shared"),
    [
        ("lag", {"seed": 3, "learning_rate": 0.1, "epochs": 9, "target_accuracy": 0.5}, {}, True),
        ("lag", {"lag": 0}, {"lag": 4}, True),
        ("lag", {"lag": 4}, {"lag": 5}, False),
        ("lag", {"lag": 5}, {"lag": 6}, False),
        ("lag", {"lag": -1}, {"lag": 1}, False),
        ("lag", {"edges": "padded", "lag": 1}, {"edges": "padded", "lag": 2}, False),
        ("lag", {"lag": 1}, {"lag": (1, 2)}, False),
        ("whole", {"lag": 1}, {"lag": 2}, True),
        (
            "whole",
            {"window": None, "lag": 1, "batch_size": 1},
            {"window": None, "lag": 24, "batch_size": 1},
            True,
        ),
        ("partial", {"lag": (4, 3)}, {"lag": (0, 2)}, True),
        ("partial", {"lag": (4, 3), "batch_size": 9}, {"lag": (5, 3), "batch_size": 9}, False),
        ("lag", {"units": 8}, {"units": 9}, False),
        ("lag", {"batch_size": 4}, {"batch_size": 5}, False),
    ],
)
def test_what_shares_a_program(start: str, item: dict, other: dict, shared: bool) -> None:
    assert (preset(start, **item).shape == preset(start, **other).shape) == shared


def test_the_shape_of_an_experiment() -> None:
    partial = preset("partial", fit="quick", seed=4, learning_rate=0.1).shape
    assert partial == preset(
        "partial", fit="quick", lag=(0, 1), learning_rate=0.001, epochs=1, target_accuracy=None
    )
    assert preset("lag", lag=7, seed=4).shape == preset("lag", lag=7, epochs=1)


shaped = st.builds(
    lambda start, window, lag, more: tried(start, {"window": window, "lag": lag, **more}),
    st.sampled_from(["lag", "whole", "partial"]),
    st.integers(1, 6),
    st.lists(st.integers(-1, 7), min_size=1, max_size=2, unique=True),
    st.sampled_from(
        [
            {},
            {"edges": "padded"},
            {"sampling": "stream"},
            {"sampling": "windows", "stateful": False},
            {"missing": 0.1, "gaps": "dropped"},
        ]
    ),
).filter(bool)


def tried(start: str, settings: dict) -> Experiment | None:
    """The experiment, if these settings are one."""
    try:
        return preset(start, **settings)
    except SettingError:
        return None


@given(shaped)
def test_lag_is_a_value_only_where_it_changes_no_size(experiment: Experiment) -> None:
    shape = experiment.shape
    assert shape.shape == shape
    assume(shape.task.lag != experiment.task.lag)
    item, other = batch_plan(experiment), batch_plan(shape)
    assert (item.shape, item.padding, item.gappy) == (other.shape, other.padding, other.gappy)
    assert (item.inputs == other.inputs).all()
    assert item.target.shape == other.target.shape
    assert item.mask.shape == other.mask.shape
    assert (item.target != other.target).any()
    assert experiment.steps == experiment.with_settings(task=shape.task).steps
    assert experiment.task.kept == shape.task.kept


@pytest.mark.parametrize(
    ("axes", "seeds", "sentence"),
    [
        (
            {"lag": "1..16", "units": "8..64*2", "model": "lstm,gru", "window": 20},
            5,
            "lag 1 to 16, units 8, 16, 32, 64, model lstm, gru; 5 seeds: 640 cells",
        ),
        ({"lag": "1..16+3"}, 1, "lag 1 to 16 by 3; 1 seed: 6 cells"),
        (
            {"lag": "1,4+3", "target_accuracy": "none,0.9"},
            2,
            "lag 1, 4+3, target_accuracy none, 0.9; 2 seeds: 8 cells",
        ),
        ({"units": "1..1024*2"}, 1, "units 11 values from 1 to 1024; 1 seed: 11 cells"),
        ({"units": 8}, 1, "preset lag; 1 seed: 1 cell"),
    ],
)
def test_a_label_says_what_varies(axes: dict, seeds: int, sentence: str) -> None:
    assert label(Study(seeds=seeds, axes=axes)) == sentence


ANY = {
    "vocab_size": (2, 7),
    "units": (1, 8),
    "encoding": ("one-hot", "bits", "scalar"),
    "learning_rate": (0.1, 0.01),
    "epochs": (1, 5),
    "target_accuracy": (None, 0.9),
    "seed": (0, 3),
    "lag": ((0,), (3,), (-1,), (4, 1)),
    "window": (1, 4, None),
    "length": (4, 20),
    "readout": ("last", "all"),
    "edges": ("dropped", "padded"),
    "missing": (0, 0.5),
    "gaps": ("masked", "dropped"),
    "model": ("lstm", "mlp", "encoder-decoder", "attention"),
    "layers": (1, 2),
    "bidirectional": (False, True),
    "batch_size": (1, 8),
    "stateful": (True, False),
    "sampling": ("sequence", "windows", "stream"),
}


@given(st.data())
def test_words_that_are_free_contradict_no_other(data: st.DataObject) -> None:
    settings = {name: data.draw(st.sampled_from(values)) for name, values in ANY.items()}
    models = {"model": (settings["model"],)}
    alone = free(Grid(preset("lag"), models, 1))
    assert ("units" in alone) == (settings["model"] != "attention")
    other = {name: data.draw(st.sampled_from(ANY[name])) for name in alone if name in ANY}

    def may_be(settings: dict[str, Any]) -> bool:
        try:
            preset("lag", **settings)
        except SettingError:
            return False
        return True

    assert may_be(settings) == may_be(settings | other)


@pytest.mark.parametrize(
    ("start", "axes", "cell"),
    [
        ("lag", {"model": "lstm,attention", "units": "8,9"}, "model attention, units 9"),
        ("lag", {"units": "8,9", "model": "lstm,attention"}, "units 9, model attention"),
        (
            "associative-recall",
            {"vocab_size": "16,8", "pairs": "4,5", "queries": 4},
            "vocab_size 8, pairs 5",
        ),
        ("selective-copy", {"window": "16,4", "items": "4,5"}, "window 4, items 5"),
    ],
)
def test_a_cell_that_cannot_be_is_found_wherever_it_stands(
    start: str, axes: dict, cell: str
) -> None:
    with pytest.raises(SettingError, match=f"^The cell {cell} cannot be: "):
        Study(preset=start, axes=axes)


def test_chance_is_the_largest_of_its_cells() -> None:
    recall = {"vocab_size": "4,16", "pairs": 1, "queries": 1}
    assert Study(preset="associative-recall", axes=recall).chance == 1 / 2
    assert Study(preset="lag", axes={"vocab_size": "10,4,7", "lag": "1,2"}).chance == 1 / 4
    assert Study(preset="lag").chance == 1 / 100


@given(st.data())
def test_a_plan_is_the_one_of_cells_made_one_by_one(data: st.DataObject) -> None:
    names = data.draw(
        st.lists(st.sampled_from(sorted(set(ANY) - {"seed"})), max_size=3, unique=True)
    )
    axes = {name: list(ANY[name]) for name in names}
    seeds = data.draw(st.integers(1, 3))
    start, cells, wrong = preset("lag", fit="quick"), [], None
    for values in product(*axes.values()):
        try:
            made = start.change(**dict(zip(axes, values, strict=True)))
        except SettingError as error:
            wrong = error
            break
        cells += [made.change(seed=seed) for seed in range(seeds)]
    if wrong:
        with pytest.raises(SettingError) as caught:
            Study(preset="lag", fit="quick", seeds=seeds, axes=axes)
        assert str(wrong) in str(caught.value)
        return
    study = Study(preset="lag", fit="quick", seeds=seeds, axes=axes)
    assert list(study.cells()) == cells
    assert list(study.cells().ids()) == [cell.id for cell in cells]
    done = data.draw(st.sets(st.sampled_from([cell.id for cell in cells])))
    planned = plan(study, done)
    left = [cell for cell in cells if cell.id not in done]
    assert list(planned.left) == left
    assert [cell.id in done for cell in planned.done] == [True] * len(done)
    groups: dict[Experiment, list[Experiment]] = {}
    for cell in left:
        groups.setdefault(cell.shape, []).append(cell)
    assert planned.groups == tuple(sorted(groups.values(), key=len, reverse=True))
    assert planned.shapes == tuple(group[0].shape for group in planned.groups)


def test_a_million_cells_are_planned_without_being_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    change = Experiment.change
    monkeypatch.setattr(
        Experiment, "change", lambda self, **settings: made.append(1) or change(self, **settings)
    )
    study = Study(
        seeds=1000,
        axes={
            "lag": "1..4",
            "units": "1..25",
            "learning_rate": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        },
    )
    planned = plan(study)
    assert (len(planned.left), len(planned.groups)) == (1_000_000, 25)
    assert len(made) < 1000
    assert planned.cells[-1].seed == 999
