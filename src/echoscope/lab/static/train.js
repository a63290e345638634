// The screen of training: begun, watched, stopped; found again after a reload, and in another tab.

import { beginWork, follow, stopWork } from "./api.js";
import { lineChart } from "./chart.js";
import { byId, count, html, percent, show, table, tell } from "./dom.js";

const SHOWN = 6; // trainings over each other

export class Trainer {
  constructor(values) {
    this.values = values; // what the controls say
    this.jobs = new Map();
    this.current = null;
    byId("begin").addEventListener("click", () => this.begin());
    byId("stop").addEventListener("click", () => stopWork(this.current));
  }

  // Of another tab, or of before a reload.
  find(works) {
    const mine = this.jobs.get(this.current)?.over === false ? this.current : null; // Stop stops it
    for (const work of works) if (work.kind === "training") this.watch(work.id);
    this.current = mine ?? this.current;
    this.draw();
  }

  async begin() {
    byId("begin").disabled = true;
    await beginWork("trainings", this.values(), "training has begun", (name) => this.watch(name));
    byId("begin").disabled = false;
  }

  watch(name) {
    this.current = name;
    follow(name, (news, first) => this.take(name, news, first));
  }

  take(name, news, first) {
    const was = this.jobs.get(name);
    this.jobs.set(name, { ...news, items: [...(first || !was ? [] : was.items), ...news.items] });
    const warning = news.error || news.result.note;
    if (news.over && was && !was.over) tell(warning || "training has ended", Boolean(warning));
    const going = [...this.jobs.values()].filter((job) => !job.over).at(-1);
    if (this.jobs.get(this.current)?.over && going) this.current = going.id; // Stop stops it next
    if (!this.waiting) this.waiting = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.waiting = 0;
    const jobs = [...this.jobs.values()].slice(-SHOWN);
    const job = this.jobs.get(this.current);
    byId("stop").disabled = !job || job.over;
    if (!job) {
      show(byId("now"), "Nothing has been trained here yet.");
      return;
    }
    show(byId("now"), this.now(job));
    const lines = (place) =>
      jobs.map((each) => ({ faint: each !== job, lines: seedLines(each.items, place) }));
    const last = job.items.at(-1)?.points ?? [];
    const mean = last.reduce((sum, point) => sum + point[2], 0) / (last.length || 1);
    lineChart(byId("accuracy"), {
      title: `Accuracy on ${job.about.source ? `what is held out of ${job.about.source}` : "fresh targets"}, a line a seed`,
      says: `Accuracy by training steps: now ${percent(mean)}, chance ${percent(job.about.chance)}.`,
      series: lines(2),
      guides: [
        { value: job.about.chance, says: "chance" },
        ...(job.about.ceiling < 1 ? [{ value: job.about.ceiling, says: "ceiling" }] : []),
      ],
      top: 1,
      text: (y) => `${Math.round(100 * y)} %`,
    });
    lineChart(byId("loss"), {
      title: "Loss (cross-entropy, nats)",
      says: "Loss by training steps.",
      series: lines(1),
      text: (y) => y.toFixed(1),
    });
    show(byId("ended"), this.ended(jobs));
  }

  now(job) {
    if (job.error) return job.error;
    const last = job.items.at(-1);
    if (!last) return job.over ? "Stopped before its first step." : "Compiling: some seconds, once for each shape.";
    const step = count(Math.max(...last.points.map(([at]) => at)));
    const { bits } = job.about; // of a file it is not known how many there are
    const held = bits === null ? "" : `; ${last.bits.toFixed(2)} of ${bits.toFixed(2)} bits held so far`;
    if (job.over) return `Ended after ${step} training steps${held}.`;
    return `${step} training steps, ${Math.ceil(last.left)} s left at most${held}.`;
  }

  ended(jobs) {
    const every = jobs.flatMap((job) => job.result.runs ?? []);
    const runs = [...new Map(every.map((run) => [run.id, run])).values()].reverse();
    if (!runs.length) return [];
    const heads = ["run", "task", "model", "units", "seed", "accuracy (95 % interval)", "outcome"];
    const row = (run) => [
      html("a", { href: `#try?run=${run.id}` }, run.id),
      run.task,
      run.model,
      run.units,
      run.seed,
      run.accuracy === null
        ? "-"
        : `${percent(run.accuracy)} (${percent(run.accuracy_low)} to ${percent(run.accuracy_high)})`,
      run.outcome,
    ];
    return table("Runs that ended", heads, runs.map(row));
  }
}

// A line of every seed, of what stands at a place of its points.
function seedLines(items, place) {
  const seeds = items[0]?.points.length ?? 0;
  return Array.from({ length: seeds }, (_, seed) =>
    items.map(({ points }) => [points[seed][0], points[seed][place]])
  );
}
