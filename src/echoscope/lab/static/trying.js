// The screen for trying: a stored network on typed symbols, all at once or step by step.

import { ask } from "./api.js";
import { showCode } from "./code.js";
import { heat } from "./heat.js";
import { byId, count, html, percent, show, table, tell, typed } from "./dom.js";
import { fileFields, sendFile } from "./file.js";
import { read as readLink } from "./link.js";

const SHOWN = 200; // predictions that are drawn

export class Trying {
  constructor() {
    this.runs = [];
    this.read = [];
    this.answers = [];
  }

  async open() {
    const wanted = readLink().values.run ?? byId("run-used")?.value;
    try {
      this.runs = await ask(wanted ? `runs?${new URLSearchParams({ run: wanted })}` : "runs");
    } catch (error) {
      show(byId("trying"), html("p", {}, "That run is not in this lab's store."));
      tell(error.message, true);
      return;
    }
    const chosen = this.runs.find((run) => run.id.startsWith(wanted ?? "")) ?? this.runs[0];
    if (!chosen) {
      show(byId("trying"), html("p", {}, "No network is stored yet: train one first."));
      return;
    }
    let example = "";
    try {
      example = (await ask(`runs/${encodeURIComponent(chosen.id)}/example`)).text;
    } catch (error) {
      tell(error.message, true);
    }
    if (chosen.id !== byId("run-used")?.value) this.draw(chosen, example);
  }

  draw(run, example) {
    this.forget();
    const options = this.runs.map((each) =>
      html("option", { value: each.id, selected: each.id === run.id }, label(each))
    );
    const swap = (event) => (location.hash = `#try?run=${event.target.value}`);
    show(
      byId("trying"),
      html("div", { class: "control" }, html("label", { for: "run-used" }, "network"), html("select", { id: "run-used", onchange: swap }, options)),
      html("h3", {}, "A whole sequence"),
      html(
        "div",
        { class: "control" },
        html("label", { for: "typed" }, "symbols, with blanks or commas between; names with blanks in them a line each"),
        html("textarea", { id: "typed", rows: 2, maxlength: 20000, spellcheck: "false" }, example)
      ),
      html("p", { class: "buttons" }, html("button", { type: "button", class: "first", id: "predict", onclick: () => this.predict() }, "Predict")),
      html("div", { id: "predicted", "aria-live": "polite" }),
      html("h3", {}, "A file of your own"),
      html(
        "form",
        { class: "stepping", onsubmit: (event) => (event.preventDefault(), this.inspect()) },
        fileFields(),
        html("p", { class: "buttons" }, html("button", { id: "inspect" }, "Inspect"))
      ),
      html("div", { id: "inspected", "aria-live": "polite" }),
      html("h3", { hidden: run.task !== "echo" }, "Step by step"), // others have samples, no stream
      html(
        "form",
        { class: "stepping", hidden: run.task !== "echo", onsubmit: (event) => (event.preventDefault(), this.step()) },
        typed("symbol", "next symbol"),
        html("p", { class: "buttons" }, html("button", { id: "step" }, "Step"), html("button", { type: "button", id: "forget", onclick: () => this.forget() }, "Forget all"))
      ),
      html("div", { id: "stepped", "aria-live": "polite" })
    );
  }

  async predict() {
    try {
      const result = await ask("predict", { run: byId("run-used").value, symbols: byId("typed").value });
      show(byId("predicted"), said(result), held(result.units), strip(result));
      showCode(result.recipe);
      tell("");
    } catch (error) {
      show(byId("predicted"));
      showCode(null);
      tell(error.message, true);
    }
  }

  async inspect() {
    try {
      const result = await sendFile(byId("trying"));
      const use = () => {
        byId("typed").value = result.text;
        byId("typed").focus();
      };
      const open = () => show(byId("inspected").lastChild, html("iframe", { src: `/report/file/${result.data}`, title: "The inspection", sandbox: "allow-scripts" }));
      show(
        byId("inspected"),
        html("p", {}, html("strong", {}, result.verdict)),
        html("p", {}, result.understood),
        html("p", { class: "buttons" }, html("button", { type: "button", onclick: use }, `Take its first ${count(result.given)} values above`), html("button", { type: "button", onclick: open }, "Open the inspection")),
        html("div", {})
      );
      tell("");
    } catch (error) {
      tell(error.message, true);
    }
  }

  // Steps are asked for one after the other, however fast they are typed.
  step() {
    const symbol = byId("symbol").value;
    byId("symbol").value = "";
    this.asking = (this.asking ?? Promise.resolve()).then(() => this.next(symbol));
  }

  async next(symbol) {
    const read = [...this.read, symbol];
    try {
      this.answers.push(await ask("step", { run: byId("run-used").value, read }));
      this.read = read;
      this.steps();
      tell("");
    } catch (error) {
      tell(error.message, true);
    }
    byId("symbol")?.focus();
  }

  forget() {
    this.read = [];
    this.answers = [];
    if (byId("stepped")) show(byId("stepped"));
  }

  steps() {
    const rows = this.read.map((symbol, place) => {
      const { predictions, confidence } = this.answers[place];
      const sure = confidence.map((share) => percent(share, 0)).join(" ");
      return [place + 1, symbol, predictions.join(" ") || "-", sure || "-"];
    });
    const units = this.answers.map((answer) => answer.units).slice(-SHOWN);
    show(byId("stepped"), held(units), table("Steps", ["step", "read", "prediction", "confidence"], rows.reverse()));
  }
}

function label(run) {
  const accuracy = run.accuracy === null ? run.outcome : percent(run.accuracy);
  return `${run.id}: ${run.preset ?? run.task}, ${run.model} of ${run.units} units, seed ${run.seed}, ${accuracy}`;
}

// What every unit holds after each symbol: a picture of the state as it is read into.
function held(units) {
  if (!units.length) return null;
  const figure = html("figure", { class: "units" }, html("figcaption", {}, "What every unit (a row) holds after each symbol: blue below 0, red above"));
  heat(figure, units, { says: `${units[0].length} units after each of ${units.length} symbols.` });
  return figure;
}

function said(result) {
  const right = result.rows.filter((row) => row.correct).length;
  const asked = result.rows.filter((row) => row.correct !== null).length;
  if (!asked) return html("p", {}, `${count(result.rows.length)} predictions, of which none can be scored.`);
  return html("p", {}, `${count(right)} of ${count(asked)} predictions are right (${percent(right / asked)}; chance ${percent(result.chance)}).`);
}

function strip(result) {
  const rows = result.rows.slice(0, SHOWN);
  const heads = ["window", "reads", "target", "prediction", "confidence"];
  const cells = rows.map((row) => {
    const read = result.inputs[row.window].map((symbol) => symbol ?? "·").join(" ");
    const mark = row.correct === null ? "" : row.correct ? "right" : "wrong";
    return [
      row.window + 1,
      html("td", { class: "reads" }, read),
      row.target ?? "-",
      html("td", { class: mark }, row.prediction, mark === "wrong" ? html("span", { class: "hidden" }, " (wrong)") : null),
      percent(row.confidence, 0),
    ];
  });
  const more = result.rows.length > SHOWN ? html("p", {}, `The first ${SHOWN} of ${count(result.rows.length)}.`) : null;
  return [table("Predictions", heads, cells), more].filter(Boolean);
}
