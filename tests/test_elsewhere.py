"""Names that a setting has in Keras, PyTorch and elsewhere lead to ours: as a flag, in Python, in
JSON, in a study file.
"""

from pathlib import Path
from typing import Any

import pytest

import echoscope
from echoscope.cli import echoscope as commands
from echoscope.cli import status
from echoscope.studies.study_file import study_of_file
from echoscope.synonyms import COMMANDS, NONE, OURS, flag_said

SETTINGS = {
    name
    for kind in (echoscope.Echo, echoscope.Experiment, echoscope.TrainingConfig)
    for name in kind.fields()
}
SAID = [
    # as a flag; what the sentence ends with
    ("hidden-size", "did you mean --units?"),
    ("lr", "did you mean --learning-rate?"),
    ("timesteps", "did you mean --window?"),
    ("n-in", "did you mean --window?"),
    ("n-out", "did you mean --lag?"),
    ("n-features", "did you mean --vocab-size?"),
    ("vocabulary", "did you mean --vocab-size?"),
    ("num-layers", "did you mean --layers?"),
    (
        "go-backwards",
        "there is none, because a window is read forwards, or with bidirectional true both ways.",
    ),
    ("carry-state", "did you mean --stateful true?"),
    ("minibatch", "did you mean --batch-size?"),
    ("return-sequences", "did you mean --readout all?"),
    ("num-epochs", "did you mean --epochs?"),
    ("patience", "did you mean --target-accuracy?"),
    (
        "dropout",
        "there is none, because random integers are drawn anew, so nothing can be learned by heart;"
        " where it can, of user data, use fewer units or epochs.",
    ),
    (
        "weight-decay",
        "there is none, because random integers are drawn anew, so nothing can be learned by heart;"
        " where it can, of user data, use fewer units or epochs.",
    ),
    (
        "optimizer",
        (
            "there is none, because weights are always found by Adam, as in the tutorials; its"
            " learning_rate can be changed."
        ),
    ),
    (
        "loss",
        (
            "there is none, because it follows from the encoding: cross-entropy, and of a scalar"
            " the squared error."
        ),
    ),
    (
        "activation",
        (
            "there is none, because the layers are those of the tutorials, and what they are made"
            " of is not changed."
        ),
    ),
]


@pytest.mark.parametrize(("flag", "end"), SAID, ids=[flag for flag, _ in SAID])
def test_a_flag_of_elsewhere_leads_to_ours(
    flag: str, end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("run", "explain", "sweep"):
        assert status([command, "lag", f"--{flag}", "3"]) == 2
        assert capsys.readouterr().err == f"echoscope: No such option '--{flag}': {end}\n"


def refusal(call: Any, *values: Any, **settings: Any) -> str:
    with pytest.raises(echoscope.SettingError) as caught:
        call(*values, **settings)
    return str(caught.value)


@pytest.mark.parametrize(
    "name", [name for name in (*OURS, *NONE) if name not in (*SETTINGS, "run")]
)
def test_every_name_leads_to_one_that_there_is(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours, _, value = OURS.get(name, "").partition(" ")
    flags = {
        flag.lstrip("-").replace("-", "_"): command
        for command in reversed([*commands.commands.values()])
        for option in command.params
        for flag in option.opts
    }
    end = (
        f"did you mean {flag_said(ours, value)}?"
        if ours
        else f"there is none, because {NONE[name]}."
    )
    command = "sweep" if not ours or ours in SETTINGS else flags[ours].name
    assert status([str(command), "lag", f"--{name.replace('_', '-')}", "3"]) == 2
    assert (
        capsys.readouterr().err
        == f"echoscope: No such option '--{name.replace('_', '-')}': {end}\n"
    )
    if ours in SETTINGS or not ours:
        setting = (
            (f"did you mean {ours!r}{', with ' + repr(value) if value else ''}?") if ours else end
        )
        kind = next(
            (kind for kind in (echoscope.Echo, echoscope.TrainingConfig) if ours in kind.fields()),
            echoscope.Experiment,
        )
        (tmp_path / "study.toml").write_text(f"[settings]\n{name} = 3\n")
        assert (
            refusal(echoscope.preset, "lag", **{name: 3})
            == f"An experiment has no setting {name!r}: {setting}"
        )
        assert (
            refusal(kind, **{name: 3})
            == refusal(kind.from_json, {name: 3})
            == f"{kind.noun} has no setting {name!r}: {setting}"
        )
        assert (
            refusal(study_of_file, tmp_path / "study.toml")
            == f"A study has no setting {name!r}: {setting}"
        )
    if value:  # what is offered is taken
        assert status(["explain", "lag", f"--{ours}", value, *remedied(ours)]) == 0


def remedied(ours: str) -> list[str]:
    """What else must be predicted with some values, which their own refusals say."""
    return {"bidirectional": ["--stateful", "false"], "sampling": ["--stateful", "false"]}.get(
        ours, []
    )


def test_every_command_of_elsewhere_leads_to_one_that_there_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, ours in COMMANDS.items():
        assert status([name]) == 2
        assert (
            capsys.readouterr().err
            == f"echoscope: No such command {name!r}: did you mean echoscope {ours}?\n"
        )
        assert name not in commands.commands
        assert ours in commands.commands or status([ours]) == 0
        capsys.readouterr()


def test_a_misspelt_flag_is_noticed_by_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    for name in commands.commands:
        typed, meant = ("--prt", "--port") if name == "lab" else ("--jsn", "--json")
        assert status([name, typed]) == 2
        assert (
            capsys.readouterr().err
            == f"echoscope: No such option '{typed}': did you mean {meant}?\n"
        )
