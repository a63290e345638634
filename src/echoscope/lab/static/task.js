// The screen of the task: what it asks, in words, in bits and as a picture.

import { ask } from "./api.js";
import { byId, count, html, percent, show, tell } from "./dom.js";
import { drawFraming } from "./framing.js";

let newest = 0;

// What the server says of controls: null where they cannot be, undefined where others came since.
export async function explain(values) {
  const number = ++newest;
  try {
    const result = await ask("explain", values);
    if (number !== newest) return undefined;
    draw(result);
    tell("");
    return result;
  } catch (error) {
    if (number !== newest) return undefined;
    tell(error.message, true);
    return null;
  }
}

function draw(result) {
  const { demand, sentences, chance, steps, data } = result;
  const lost = demand.path === "none";
  const figures = [
    ["to be held at once", `${demand.held} symbol${demand.held === 1 ? "" : "s"}`],
    ["in bits", demand.bits.toFixed(2)],
    ["chance", percent(chance)],
    ["no training exceeds", percent(demand.ceiling)],
    ["training steps at most", count(steps)],
  ];
  show(
    byId("demand"),
    html("dl", { class: "figures" }, figures.map(([name, text]) => html("div", {}, html("dt", {}, name), html("dd", {}, text)))),
    sentences.map((sentence, place) =>
      html("p", { class: lost && place === sentences.length - 1 ? "lost" : "" }, sentence)
    ),
    data ? learned(data) : null
  );
  drawFraming(result.framing);
}

// What is said of a file that is learned.
function learned({ source, sentences, names }) {
  const each = names.map((name, symbol) => `${symbol} is ${name}`).join(", ");
  return [html("h3", {}, source), ...sentences.map((sentence) => html("p", {}, sentence)), names.length ? html("p", {}, `Symbols: ${each}.`) : null];
}
