"""What a .keras file cannot say is refused, out and in, before anything is written."""

from pathlib import Path
from typing import Any

import pytest

from echoscope import RecordError, preset, write_keras
from echoscope.cli import status
from echoscope.program import fresh

SMALL = preset("lag", symbols=7, units=5, state="reset")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"encoding": "bits"}, "encoding bits"),
        ({"layers": 2}, "layers 2"),
        ({"direction": "both"}, "direction both"),
        ({"missing": 0.2}, "missing 0.2"),
        ({"edges": "padded"}, "edges padded"),
    ],
)
def test_a_network_of_other_words_is_not_written(words: dict[str, Any], said: str, tmp_path: Path) -> None:
    experiment = SMALL.change(**words)
    with pytest.raises(RecordError) as caught:
        write_keras(experiment, fresh(experiment).weights, tmp_path / "echo.keras")
    assert str(caught.value) == (f"A .keras file is written of the tutorials' own layers, not with {said}: its weights "
                                 "are in the record's safetensors file.")  # fmt: skip
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        ("--encoding bits", "encoding is one-hot in {file}, not bits: leave --encoding out."),
        ("--layers 2", "layers is 1 in {file}, not 2: leave --layers out."),
        ("--direction both", "direction is forward in {file}, not both: leave --direction out."),
        ("--missing 0.2 --gaps marked", "gaps is masked in {file}, not marked: leave --gaps out."),
    ],
)
def test_a_file_is_not_read_under_other_words(
    flags: str, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "echo.keras"
    write_keras(SMALL, fresh(SMALL).weights, file)
    assert status(["import", str(file), "lag", *flags.split(), "--store", str(tmp_path / "store")]) == 2
    assert capsys.readouterr().err == f"echoscope: {sentence.format(file=file)}\n"
    assert not (tmp_path / "store").exists()
