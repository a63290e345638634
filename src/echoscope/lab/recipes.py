"""The same without the page: commands and Python that do what a screen does, to be pasted."""

import shlex
from collections.abc import Mapping
from pprint import pformat

from echoscope.settings import ByName, Json
from echoscope.studies.axis import bare, text_of

IMPORT = "import echoscope\n\n"


def flags_of(texts: Mapping[str, str]) -> list[str]:
    """Settings as flags."""
    return [part for name, text in texts.items() for part in (f"--{name.replace('_', '-')}", text)]


def made(preset: str, fit: str, values: ByName) -> str:
    """The Python that makes an experiment."""
    plain = {name: bare(value) for name, value in values.items()}
    settings = "".join(f", {name}={pformat(value)}" for name, value in plain.items())
    return f"experiment = echoscope.preset({preset!r}, {fit!r}{settings})\n"


def training(preset: str, fit: str, texts: Mapping[str, str], values: ByName, seeds: range) -> Json:
    """A preset trained, over several seeds one after the other or together.

    >>> training("lag", "quick", {"lag": "2"}, {"lag": (2,)}, range(2))["command"]
    'echoscope run lag --fit quick --lag 2 --seeds 2'
    """
    parts = ["echoscope", "run", preset, "--fit", fit, *flags_of(texts)]
    parts += ["--seeds", str(len(seeds))] if len(seeds) > 1 else []
    if len(seeds) == 1:
        rest = "run, weights = echoscope.train(experiment)\nprint(run.accuracy)\n"
    else:
        rest = (
            f"seeds = range({seeds.start}, {seeds.stop})\n"
            "training = echoscope.Training([experiment.change(seed=seed) for seed in seeds])\n"
            "for progress in training:\n"
            "    print(progress.epoch, [point.accuracy for point in progress.points])\n"
            "print([outcome.accuracy.value for outcome in training.outcomes()])\n"
        )
    return {"command": shlex.join(parts), "python": IMPORT + made(preset, fit, values) + rest}


def watching(preset: str, fit: str, texts: Mapping[str, str], values: ByName) -> Json:
    """An echo that emerges, saved as a film."""
    parts = ["echoscope", "watch", preset, "--fit", fit, *flags_of(texts), "--save", "echo.gif"]
    python = (
        IMPORT
        + made(preset, fit, values)
        + 'film = echoscope.watch(experiment)\nfilm.save("echo.gif")\n'
        "for frame in film.frames:\n"
        "    print(frame.step, frame.accuracy, frame.bits)\n"
    )
    return {"command": shlex.join(parts), "python": python}


def predicting(store: str, run: str, typed: list[str], symbols: list[int | None]) -> Json:
    """What was typed predicted by a stored network, and in Python the symbols that it stands for,
    None for a gap.
    """
    parts = ["echoscope", "predict", "--run", run, "--store", store, "--", *typed]
    python = (
        f"{IMPORT}store = echoscope.Store({store!r})\nrun = store.find({run!r})\n"
        f"symbols = {symbols}\n"
        "prediction = echoscope.predict(run.experiment, store.weights(run), symbols)\n"
        "print(prediction.predictions.ravel().tolist())\n"
    )
    return {"command": shlex.join(parts), "python": python}


def measuring(layer: str, units: int, budget: str) -> Json:
    """A layer measured."""
    parts = ["echoscope", "measure", layer, "--units", str(units), "--budget", budget]
    python = (
        f"{IMPORT}options = echoscope.LayerOptions(units={units})\n"
        f"report = echoscope.measure_layer({layer!r}, {budget!r}, options=options)\n"
        "print(report.bits, report.shift, report.hold, report.recall)\n"
    )
    return {"command": shlex.join(parts), "python": python}


def sweeping(store: str, preset: str, fit: str, seeds: int, axes: ByName) -> Json:
    """A study trained into a store."""
    texts = {name: text_of(values) for name, values in axes.items()}
    parts = ["echoscope", "sweep", preset, "--fit", fit, *flags_of(texts), "--seeds", str(seeds)]
    python = (
        f"{IMPORT}axes = {texts}\n"
        f"study = echoscope.Study(preset={preset!r}, fit={fit!r}, seeds={seeds}, axes=axes)\n"
        'if __name__ == "__main__":\n'
        f"    for advance in echoscope.Sweep(study, echoscope.Store({store!r})):\n"
        "        print(advance)\n"
    )
    return {"command": shlex.join([*parts, "--store", store]), "python": python}
