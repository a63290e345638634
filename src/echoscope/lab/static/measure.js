// The screen of the memory report: a layer measured live, beside the one before it.

import { beginWork, follow, stopWork } from "./api.js";
import { showCode } from "./code.js";
import { byId, choice, count, html, percent, show, table, tell, typed } from "./dom.js";

const BESIDE = 2; // reports side by side
const AXES = [
  ["span", "echoes", "steps back"],
  ["hold", "holds", "steps"],
  ["recall", "recalls", "pairs"],
];

export class Measuring {
  constructor(declared) {
    this.reports = new Map();
    const { layers, budgets } = declared;
    show(
      byId("measuring"),
      choice("measured", "layer", layers, layers[0]),
      typed("layer-units", "units", "32", "", { inputmode: "numeric", maxlength: 6 }),
      choice("budget", "time for it", budgets, "1m"),
      html("p", { class: "buttons" }, html("button", { id: "measure-begin", class: "first" }, "Measure"), html("button", { type: "button", id: "measure-stop", disabled: true, onclick: () => stopWork(this.current) }, "Stop"))
    );
    byId("measuring").addEventListener("submit", (event) => {
      event.preventDefault();
      this.begin();
    });
  }

  find(works) {
    const mine = this.reports.get(this.current)?.work.over === false ? this.current : null; // Stop stops it
    for (const work of works) if (work.kind === "measurement") this.watch(work.id);
    this.current = mine ?? this.current;
  }

  begin() {
    const units = Number(byId("layer-units").value);
    const asked = { layer: byId("measured").value, budget: byId("budget").value, units };
    return beginWork("measurements", asked, "it is measured", (name) => this.watch(name));
  }

  watch(name) {
    this.current = name;
    follow(
      name,
      (news) => {
        const report = news.items.at(-1) ?? this.reports.get(name)?.report ?? null;
        this.reports.set(name, { work: news, report });
        if (news.over && news.error) tell(news.error, true);
        if (!this.waiting) this.waiting = requestAnimationFrame(() => this.draw());
      }
    );
  }

  draw() {
    this.waiting = 0;
    const latest = [...this.reports.values()].slice(-BESIDE);
    byId("measure-stop").disabled = latest.every(({ work }) => work.over);
    const newest = latest.at(-1)?.report;
    if (newest && !byId("measure").hidden) showCode(newest.recipe);
    show(byId("reports"), latest.map(({ work, report }) => column(work, report)).reverse());
  }
}

function column(work, report) {
  const { layer, units } = work.asked;
  const title = `${layer}, ${units} units`;
  if (!report) {
    const says = work.over ? work.error || "nothing was measured" : "opening it, and looking at it";
    return html("article", {}, html("h3", {}, title), html("p", {}, says));
  }
  const doing = work.over ? `took ${report.seconds.toFixed(0)} s` : `${report.doing}, ${report.seconds.toFixed(0)} s so far`;
  return html(
    "article",
    { "aria-busy": String(!work.over) },
    html("h3", {}, title),
    html("p", { class: "headline" }, report.headline),
    html("p", { class: "faint" }, doing),
    html("p", { class: Object.values(report.xray).some((look) => look.ok === false) ? "lost" : "" }, report.looked_at),
    axes(report),
    report.bits ? bits(report.bits) : null,
    report.unsettled.length && work.over
      ? html("details", {}, html("summary", {}, "Not settled"), html("ul", {}, report.unsettled.map((text) => html("li", {}, text))))
      : null
  );
}

function interval({ value, low, high, censored }) {
  const digits = (number) => (Number.isInteger(number) ? String(number) : number.toFixed(1));
  return `${censored ? "at least " : ""}${digits(value)} [${digits(low)}, ${high === null ? "?" : digits(high)}]`;
}

function axes(report) {
  const rows = AXES.filter(([name]) => report[name]).map(([name, says, unit]) => {
    const axis = report[name];
    const solved = axis.trials.filter((trial) => trial.solved).length;
    return [says, `${interval(axis)} ${unit}`, percent(axis.chance, 1), `${solved} of ${axis.trials.length}`];
  });
  if (!rows.length) return null;
  const heads = ["", "span (95 % interval)", "chance", "trainings solved"];
  return table("Three axes", heads, rows);
}

function bits({ lags, ceiling, trainings }) {
  const symbol = ceiling / lags.length;
  const rows = lags.map(({ lag, value, low, high }) => [
    lag,
    html("meter", { min: 0, max: symbol, value, "aria-label": `bits of lag ${lag}` }),
    interval({ value, low, high }),
  ]);
  const says = `Bits said at once, by lag, of ${symbol.toFixed(2)} each (${count(trainings)} training${trainings === 1 ? "" : "s"})`;
  return [html("p", { class: "faint" }, says), table("Bits by lag", ["lag", "", "bits"], rows)];
}
