"""For the layer designer: what a layer of yours can hold, for how long, and whether it became
better.

marimo edit examples/layer_designer.py
"""

import marimo

__generated_with = "0.25.2"
app = marimo.App(width="medium", app_title="What does my layer hold?")


@app.cell
def _():
    import jax
    import jax.numpy as jnp
    import marimo as mo

    import echoscope

    return echoscope, jax, jnp, mo


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    # What does my layer hold?

    You have written a layer. This is yesterday's version: units that forget at different speeds,
    whatever they read.
    """)
    return


@app.cell
def _(jax, jnp):
    class Yesterday:
        def __init__(self, units):
            self.units = units

        def init(self, key, input_size):
            kernel = jax.random.normal(key, (input_size, self.units)) / input_size**0.5
            return {"kernel": kernel, "keep": jnp.linspace(0, 5, self.units)}

        def initial_state(self, batch_size):
            return jnp.zeros((batch_size, self.units))

        def step(self, weights, state, inputs):
            keep = jax.nn.sigmoid(weights["keep"])
            state = keep * state + (1 - keep) * jnp.tanh(inputs @ weights["kernel"])
            return state, state

    return (Yesterday,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    And this is today's: what a unit keeps depends on what it reads and on what it holds.
    """)
    return


@app.cell
def _(Yesterday, jax, jnp):
    class Today(Yesterday):
        def init(self, key, input_size):
            first, second, third = jax.random.split(key, 3)
            return {
                **super().init(first, input_size),
                "gate": jax.random.normal(second, (input_size, self.units)) / input_size**0.5,
                "recurrent": jax.random.normal(third, (self.units, self.units)) / self.units**0.5,
            }

        def step(self, weights, state, inputs):
            gate = inputs @ weights["gate"] + state @ weights["recurrent"]
            keep = jax.nn.sigmoid(weights["keep"] + gate)
            state = keep * state + (1 - keep) * jnp.tanh(inputs @ weights["kernel"])
            return state, state

    return (Today,)


@app.cell
def _(mo):
    units = mo.ui.slider(steps=[4, 8, 16, 32], value=8, label="units", show_value=True)
    budget = mo.ui.dropdown(["30s", "1m", "3m", "10m"], value="30s", label="time to measure")
    mo.hstack([units, budget], justify="start", gap=3)
    return budget, units


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Before any training: is it sound?

    Does it look ahead, mix the rows of a batch, say in pieces what it says as a whole?
    """)
    return


@app.cell
def _(Today, echoscope, units):
    options = echoscope.LayerOptions(units=units.value)
    sound = echoscope.xray(Today, options=options)
    sound
    return options, sound


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    And so it looks when something is wrong. This one centres its state, and takes the mean over
    the wrong axis:
    """)
    return


@app.cell
def _(Today):
    class Broken(Today):
        def step(self, weights, state, inputs):
            state, outputs = super().step(weights, state, inputs)
            return state - state.mean(axis=0), outputs

    return (Broken,)


@app.cell
def _(Broken, echoscope, mo, options):
    broken = echoscope.xray(Broken, options=options)
    mo.vstack([mo.callout(fault.reason, kind="danger") for fault in broken.faults])
    return (broken,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## How much, and for how long?

    Trained on tasks that get harder until it fails, within the time that you give it. Every number
    has an interval; what the time did not settle is said. More time, narrower intervals.
    """)
    return


@app.cell
def _(Today, budget, echoscope, options):
    report = echoscope.measure_layer(Today, budget.value, options=options, baselines=False)
    report
    return (report,)


@app.cell(hide_code=True)
def _(mo):
    mo.md("""
    ## Is it better than yesterday's?

    Both are trained on the same seeds and the same integers, until the interval of their difference
    decides: how many time steps is a symbol held?
    """)
    return


@app.cell
def _(Today, Yesterday, budget, echoscope, options):
    comparison = echoscope.compare_layers(
        Yesterday,
        Today,
        measures=["hold"],
        budget=budget.value,
        options=options,
    )
    comparison
    return (comparison,)


if __name__ == "__main__":
    app.run()
