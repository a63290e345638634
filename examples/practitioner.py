"""For the practitioner: is there memory in a sequence of yours, how far back, and is a network
worth its training?

marimo edit examples/practitioner.py
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="Is there memory in it?")


@app.cell
def _():
    import marimo as mo

    import echoscope

    return echoscope, mo


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # Is there memory in it?

    Somebody hands you a sequence: codes of a machine, notes, measurements. Is there anything in it
    that a network could remember and use, how far back, and can the next value be told better than
    by a rule that needs no memory? Choose one of these, or write a line of your own: a path and a
    column, and where rows belong to cases, the column that says to which.
    """)
    return


@app.cell
def _():
    sequences = {
        "events of a filling line": {
            "source": "events.csv",
            "column": "event",
        },
        "claims, one sequence each": {
            "source": "claims.csv",
            "column": "event",
            "group": "case",
        },
        "air in a greenhouse": {"source": "greenhouse.csv", "column": "air"},
        "a melody": {"source": "melody.csv"},
        "yearly sunspots, in 8 bins": {
            "source": "sunspots-1700.csv",
            "column": "spots",
            "bins": 8,
        },
        "bases of phiX174": {"source": "phix174.fasta"},
    }
    return (sequences,)


@app.cell
def _(mo, sequences):
    chosen = mo.ui.dropdown(sequences, value=next(iter(sequences)), label="the sequence")
    chosen
    return (chosen,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## How it was read
    """)
    return


@app.cell
def _(chosen, echoscope, mo):
    settings = dict(chosen.value)
    source, bins = (
        mo.notebook_dir() / settings.pop("source"),
        settings.pop("bins", None),
    )
    column = echoscope.read(source, **settings)
    data = echoscope.recode(column, bins=bins)
    mo.vstack([column, data])
    return (data,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What can be told without any training

    What each lag tells of a value, beside shuffled sequences; and what seven rules get right of an
    end that they do not know. *memoryless* is the rule that needs no memory: always the commonest.
    """)
    return


@app.cell
def _(data, echoscope):
    inspection = echoscope.inspect_symbols(data)
    inspection
    return (inspection,)


@app.cell(hide_code=True)
def _(inspection, mo):
    mo.md(f"""
    ## Is a network worth its training?

    The best of these rules needs {inspection.window} values. A network is given as many, and learns
    to say the value that comes next (lag -1); the last fifth is held out.
    """)
    return


@app.cell
def _(inspection, mo):
    window = mo.ui.slider(
        1,
        16,
        value=inspection.window,
        label="window: values that it reads",
        show_value=True,
    )
    window
    return (window,)


@app.cell
def _(data, echoscope, window):
    experiment = echoscope.preset(
        "lag",
        fit="quick",
        lag=-1,
        window=window.value,
        vocab_size=data.vocab_size,
    )
    run, weights = echoscope.train(experiment, data)
    run
    return run, weights


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    And beside the rules, on the very values that it was scored on:
    """)
    return


@app.cell
def _(data, echoscope, run):
    beside = echoscope.beside_rules(run, data)
    beside
    return (beside,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## What comes next

    The likeliest value at each of the next steps, and how likely it is; below it, whether such
    probabilities came true on the end that was held out.
    """)
    return


@app.cell
def _(data, echoscope, mo, run, weights):
    likely = echoscope.forecast(run.experiment, weights, data, steps=5)
    rows = [
        {
            "step": step,
            "value": data.recoding.value(int(each.argmax())),
            "probability": f"{each.max():.0%}",
        }
        for step, each in enumerate(likely, 1)
    ]
    mo.ui.table(rows, selection=None)
    return (rows,)


@app.cell
def _(data, echoscope, mo, run, weights):
    prediction = echoscope.predict(run.experiment, weights, data, data=data)
    trusted = [
        {
            "said to be": f"{each.expected:.0%}",
            "came true": f"{each.accuracy.value:.0%}",
            "at least (95 %)": f"{each.accuracy.low:.0%}",
            "at most": f"{each.accuracy.high:.0%}",
            "values": each.accuracy.target_count,
        }
        for each in echoscope.calibration(prediction)
    ]
    mo.ui.table(trusted, selection=None)
    return


if __name__ == "__main__":
    app.run()
