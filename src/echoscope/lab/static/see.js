// The screen on which an echo emerges: what a network's state holds while it trains.

import { beginWork, follow, stopWork } from "./api.js";
import { lineChart } from "./chart.js";
import { byId, count, html, percent, show, svg, tell } from "./dom.js";
import { heat } from "./heat.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
const PACE = 350; // milliseconds a frame
const SPOKEN = 30; // positions that are told to those who listen

export class Seeing {
  constructor(values) {
    this.values = values;
    this.frames = [];
    this.at = 0;
    this.work = null;
    byId("watch").addEventListener("click", () => this.begin());
    byId("watch-stop").addEventListener("click", () => stopWork(this.work.id));
    byId("frame").addEventListener("input", (event) => this.turn(Number(event.target.value)));
    byId("frame-play").addEventListener("click", () => this.play(!this.timer));
    byId("layer-shown").addEventListener("change", () => this.draw());
  }

  find(works) {
    const last = works.filter((work) => work.kind === "emergence").at(-1);
    if (last && !this.frames.length) this.watch(last.id); // what is looked at stays
  }

  begin() {
    const says = "it trains, and is looked at on the way";
    return beginWork("emergences", this.values(), says, (name) => this.watch(name, true));
  }

  // One at a time; of work of one's own its end is told.
  watch(name, mine = false) {
    this.play(false);
    this.leave?.();
    this.frames = [];
    this.draw();
    let told = mine;
    this.leave = follow(
      name,
      (news, first) => {
        if (first) this.frames = [];
        this.frames.push(...news.items);
        this.work = news;
        if (news.over && told) tell(news.error || "it has ended: play it again", Boolean(news.error));
        told ||= !news.over;
        byId("watch").disabled = !news.over;
        byId("watch-stop").disabled = news.over;
        for (const ending of ["gif", "mp4", "png"]) byId(`save-${ending}`).href = `/api/works/${name}/film.${ending}`;
        if (this.frames.length) this.turn(this.frames.length - 1);
      }
    );
  }

  play(on) {
    clearInterval(this.timer);
    this.timer = 0;
    byId("frame-play").textContent = on ? "Pause" : "Play";
    if (on) {
      this.timer = setInterval(() => this.turn((this.at + 1) % this.frames.length), calm.matches ? 3 * PACE : PACE);
    }
  }

  turn(next) {
    this.at = Math.min(next, this.frames.length - 1);
    const slider = byId("frame");
    slider.max = this.frames.length - 1;
    slider.value = this.at;
    if (!this.waiting) this.waiting = requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.waiting = 0;
    const frame = this.frames[this.at];
    byId("seen").hidden = !frame;
    if (!frame) return;
    const steps = `after ${count(frame.step)} training steps`;
    byId("frame-says").textContent = `${steps}: accuracy ${percent(frame.accuracy)}, chance ${percent(frame.chance)}`;
    this.choices(frame);
    const name = byId("layer-shown").value;
    heat(byId("states"), frame.gates[name] ?? frame.states, {
      says: `${name} of ${frame.states[0].length} units over ${frame.states.length} time steps, ${steps}.`,
    });
    bars(byId("by-lag"), frame);
    strips(byId("strips"), frame);
    positions(byId("positions"), frame);
  }

  choices(frame) {
    const names = ["outputs", ...Object.keys(frame.gates)];
    const select = byId("layer-shown");
    if (select.options.length === names.length) return;
    show(select, names.map((name) => html("option", { value: name }, name)));
  }
}

const HIGH = 180;

// Bits that the probe reads of each lag, under the most that a symbol has.
function bars(place, frame) {
  const { lags, ceiling, decoder_lags: decoder } = frame;
  const WIDE = innerWidth < 700 ? 360 : 640; // its letters stay as large as the page's
  const wide = (WIDE - 50) / lags.length;
  const up = (bits) => HIGH - 36 - (Math.max(0, bits) / (1.08 * ceiling)) * (HIGH - 52);
  const asked = new Set(frame.asked_lags);
  const each = lags.map(({ lag, bits, shuffled }, at) =>
    svg(
      "g",
      { transform: `translate(${46 + at * wide} 0)` },
      svg("rect", { class: asked.has(lag) ? "bar asked" : "bar", x: 0.12 * wide, width: 0.76 * wide, y: up(bits), height: HIGH - 36 - up(bits) }),
      svg("line", { class: "shuffled", x1: 0, x2: wide, y1: up(shuffled), y2: up(shuffled) }),
      decoder.map((each, step) => svg("text", { class: "decoder", x: wide / 2 + 12 * (step - (decoder.length - 1) / 2), y: up(each[at].bits) + 4 }, step + 1)),
      at % Math.ceil(20 / wide) ? null : svg("text", { x: wide / 2, y: HIGH - 20 }, lag)
    )
  );
  const most = svg(
    "g",
    { class: "guide" },
    svg("line", { x1: 46, x2: WIDE - 4, y1: up(ceiling), y2: up(ceiling) }),
    svg("text", { class: "end", x: 42, y: up(ceiling) + 4 }, ceiling.toFixed(2)),
    svg("text", { class: "end", x: 42, y: up(0) + 4 }, "0")
  );
  const told = lags.map(({ lag, bits }) => `lag ${lag} ${bits.toFixed(2)}`).join(", ");
  show(
    place,
    html("figcaption", {}, "Bits that a linear probe finds in the state, by lag; dashed: all of a symbol; thin: of shuffled symbols" + (decoder.length ? "; numbers: of the decoder's state after its step" : "")),
    svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `Bits by lag: ${told}.` }, most, each, svg("text", { class: "axis", x: WIDE / 2, y: HIGH - 3 }, "lag (steps back)"))
  );
}

const CELL = 22;

// What was read, what was asked and what was said, a cell a time step; what is wrong is crossed.
function strips(place, frame) {
  const rows = [["read", frame.inputs, null]];
  const each = frame.heads.map((head, at) => [frame.heads.length > 1 ? `target ${head}` : "target", frame.targets[at], frame.predictions[at]]);
  const whole = (place) => each.map((head) => head[place]).reduce((all, next) => all.map((symbol, at) => symbol ?? next[at]));
  // a decoder says one target a time step: all of them stand in one row
  for (const [name, targets, answers] of frame.decoder_steps ? [["target", whole(1), whole(2)]] : each) {
    rows.push([name, targets, null], ["predicted", answers, targets]);
  }
  const time = frame.inputs.length;
  const hue = (symbol) => `hsl(${Math.round((360 * symbol) / frame.vocab_size)} 60% 62%)`;
  const cells = rows.map(([name, symbols, targets], row) =>
    svg(
      "g",
      { transform: `translate(78 ${row * (CELL + 6)})` },
      svg("text", { class: "end", x: -8, y: 16 }, name),
      symbols.map((symbol, at) => {
        if (symbol === null || symbol < 0) return null;
        const wrong = targets && targets[at] !== null && targets[at] !== symbol;
        return svg(
          "g",
          { transform: `translate(${at * CELL} 0)` },
          svg("rect", { width: CELL - 1, height: CELL, fill: hue(symbol) }),
          svg("text", { class: "on", x: CELL / 2, y: 15 }, symbol),
          wrong ? svg("path", { class: "wrong", d: `M1 ${CELL - 1}L${CELL - 2} 1` }) : null
        );
      })
    )
  );
  const wide = 82 + time * CELL;
  const high = rows.length * (CELL + 6);
  show(
    place,
    html("figcaption", {}, "What was read, what was asked, and what the network predicts; what is wrong is crossed"),
    html("div", { class: "scroll", tabindex: "0", "aria-label": "Strips" }, svg("svg", { viewBox: `0 0 ${wide} ${high}`, width: wide, height: high, role: "img", "aria-label": "Symbols read, asked and predicted at every time step." }, cells))
  );
}

// The share of wrong targets at each position, where they are at several.
function positions(place, frame) {
  const several = new Set(frame.errors.map((point) => point.position)).size > 1;
  place.hidden = !several;
  if (!several) return;
  const series = [...new Set(frame.errors.map((point) => point.lag))].map((lag, _, all) => {
    const points = frame.errors.filter((point) => point.lag === lag);
    return {
      label: all.length > 1 ? `target ${lag}` : "",
      lines: [points.map((point) => [point.position, point.error])],
      ends: points.map((point) => [point.position, point.error_low, point.error_high]),
    };
  });
  const told = frame.errors.slice(0, SPOKEN).map((point) => `${point.position}: ${percent(point.error)}`);
  lineChart(place, {
    title: "Error by position: the share of wrong fresh targets, with its 95 % interval ",
    says: `Error by position: ${told.join(", ")}.`,
    series,
    guides: [{ value: 1 - frame.chance, says: "of a guess" }],
    top: 1,
    text: (y) => `${Math.round(100 * y)} %`,
    axis: "position (symbols read before)",
  });
}
