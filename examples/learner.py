"""For the learner: what an echo asks of a memory, how a network learns it, and yours to change.

marimo edit examples/learner.py
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="An echo, step by step")


@app.cell
def _():
    import marimo as mo

    import echoscope

    return echoscope, mo


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # An echo, step by step

    A network reads integers, one after the other, and has to say one that it read earlier. The
    integers are random, so it cannot be guessed: it has to be **remembered**. Here are five such
    tasks. Choose one; all that stands below it is made anew.
    """)
    return


@app.cell
def _(mo):
    which = mo.ui.dropdown(
        ["current", "blind", "lag", "whole", "partial"],
        value="lag",
        label="the task",
    )
    which
    return (which,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What is asked, before any training

    What must be held, in bits, and by which way it can arrive.
    """)
    return


@app.cell
def _(echoscope, which):
    experiment = echoscope.preset(which.value, fit="quick")
    echoscope.demand(experiment.task, experiment.training)
    return (experiment,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## A network learns it

    The accuracy is that of fresh integers, which the network was never trained on, with the
    interval in which it lies, and beside it chance: how often a guess is right.
    """)
    return


@app.cell
def _(echoscope, experiment):
    run, weights = echoscope.train(experiment)
    run
    return run, weights


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What goes in, and what comes out

    The network was trained on random integers. Here it reads yours: every window of them, what
    should be said, and what is said.
    """)
    return


@app.cell
def _(mo):
    typed = mo.ui.text(
        "3 1 4 1 5 9 2 6 5 3 5 8 9 7 9 3",
        label="your integers, of 0 to 99",
        full_width=True,
    )
    typed
    return (typed,)


@app.cell
def _(echoscope, experiment, mo, typed, weights):
    try:
        integers = typed.value.replace(",", " ").split()
        prediction = echoscope.predict(experiment, weights, integers)
    except echoscope.IntegerError as error:  # says which one, and what the task can read
        prediction = mo.callout(str(error), kind="warn")
    prediction
    return


@app.cell(hide_code=True)
def _(mo, run, which):
    mo.md(f"""
    ## Change one thing

    The training of `{which.value}` took {run.steps:,} updates of the weights. Further back is
    harder. Move a slider, and a small network is trained anew and **looked at on its way**: how
    many bits of each earlier integer its state holds.
    """)
    return


@app.cell
def _(mo):
    lag = mo.ui.slider(0, 6, value=3, label="lag: how many steps back", show_value=True)
    units = mo.ui.slider(steps=[4, 8, 16, 24, 32], value=24, label="units", show_value=True)
    mo.hstack([lag, units], justify="start", gap=3)
    return lag, units


@app.cell
def _(echoscope, lag, units):
    small = echoscope.preset(
        "lag",
        fit="quick",
        vocab_size=8,
        window=8,
        lag=lag.value,
        units=units.value,
    )
    film = echoscope.watch(small, 8)
    film
    return (film,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    Each column is a moment of the training. Where a row is bright, the state holds the integer of
    so many steps before. And here is one such moment: every unit of the state over some windows,
    what was read, and what the network says.
    """)
    return


@app.cell
def _(film, mo):
    moment = mo.ui.slider(
        0,
        len(film.frames) - 1,
        value=len(film.frames) - 1,
        label="moment",
        show_value=True,
    )
    moment
    return (moment,)


@app.cell
def _(film, moment):
    film.picture(moment.value)
    return


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## A mistake that no training mends

    Give a network windows of **one** integer and ask for the one before: it never reaches it. The
    demand says so before anything is trained.
    """)
    return


@app.cell
def _(echoscope):
    blind = echoscope.preset("blind", fit="quick")
    echoscope.demand(blind.task, blind.training)
    return


if __name__ == "__main__":
    app.run()
