// The screen of studies: a small one begun, the newest runs compared, and what all runs say together.

import { ask, beginWork, follow, stopWork } from "./api.js";
import { showCode } from "./code.js";
import { byId, choice, count, html, percent, show, table, tell, typed } from "./dom.js";

const COLUMNS = [
  ["id", "run"],
  ["preset", "preset"],
  ["model", "model"],
  ["units", "units"],
  ["seed", "seed"],
  ["accuracy", "accuracy"],
  ["interval", "95 % interval"],
  ["chance", "chance"],
  ["steps", "steps"],
  ["outcome", "outcome"],
];

export class Studying {
  constructor(declared) {
    this.sorted = null;
    const presets = Object.keys(declared.presets);
    show(
      byId("sweeping"),
      choice("sweep-preset", "preset", presets, "lag"),
      choice("sweep-fit", "fit", declared.fits, "quick"),
      typed("sweep-axes", "axes", "lag=1..3 units=8,32", "settings with their values: lag=1..4 units=8,32 model=lstm,gru"),
      typed("sweep-seeds", "seeds", "2", `how many seeds each is trained with, up to ${declared.most_seeds}`),
      html("p", { class: "buttons" }, html("button", { id: "sweep-begin", class: "first" }, "Train the study"), html("button", { type: "button", id: "sweep-stop", disabled: true, onclick: () => stopWork(this.current) }, "Stop"))
    );
    byId("sweeping").addEventListener("submit", (event) => {
      event.preventDefault();
      this.begin();
    });
    byId("report-open").addEventListener("click", () => this.report());
  }

  find(works) {
    const last = works.filter((work) => work.kind === "study").at(-1);
    if (last) this.watch(last.id);
  }

  async open() {
    try {
      this.runs = await ask("runs");
      this.list();
    } catch (error) {
      tell(error.message, true);
    }
  }

  begin() {
    const asked = {
      preset: byId("sweep-preset").value,
      fit: byId("sweep-fit").value,
      axes: byId("sweep-axes").value,
      seeds: Number(byId("sweep-seeds").value),
    };
    return beginWork("sweeps", asked, "the study has begun", (name) => this.watch(name));
  }

  watch(name) {
    this.current = name;
    follow(
      name,
      (news) => {
        const at = news.items.at(-1);
        if (!byId("study").hidden) showCode(news.about.recipe);
        byId("sweep-stop").disabled = news.over;
        if (at) {
          const left = at.left === null || news.over ? "" : `, about ${Math.ceil(at.left)} s left`;
          byId("sweep-says").textContent = `${count(at.done)} of ${count(at.cells)} trainings are done${left}.`;
        } else byId("sweep-says").textContent = news.over ? "" : "Workers begin.";
        const warning = news.error || news.result.note;
        if (warning) tell(warning, true);
        if (at || news.over) this.open();
      }
    );
  }

  report() {
    const frame = html("iframe", { src: "/report/all", title: "The report of all runs", sandbox: "allow-scripts" });
    show(byId("report"), frame);
  }

  list() {
    const place = byId("runs");
    if (!this.runs.length) return show(place, html("p", {}, "No run is stored yet: train a network, or a study."));
    const rows = [...this.runs];
    if (this.sorted) {
      const by = this.sorted;
      rows.sort((one, other) => (other[by] ?? -1) - (one[by] ?? -1) || String(one[by]).localeCompare(String(other[by])));
    }
    const sort = (name) => () => {
      this.sorted = this.sorted === name ? null : name;
      this.list();
      document.querySelector(`[data-sort="${name}"]`).focus();
    };
    const heads = COLUMNS.map(([name, says]) =>
      html(
        "th",
        { scope: "col", "aria-sort": this.sorted === name ? "descending" : "none" },
        name === "interval" ? says : html("button", { type: "button", class: "plain", "data-sort": name, onclick: sort(name) }, says)
      )
    );
    const cells = (run) => [
      html("a", { href: `#try?run=${run.id}` }, run.id),
      run.preset ?? run.task,
      run.model,
      run.units,
      run.seed,
      percent(run.accuracy),
      run.accuracy === null ? "-" : `${percent(run.accuracy_low)} to ${percent(run.accuracy_high)}`,
      percent(run.chance),
      count(run.steps),
      run.outcome,
    ];
    show(place, table("The newest runs", heads, rows.map(cells)));
  }
}
