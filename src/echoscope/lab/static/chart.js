// A line chart: a line a seed and the band between them, or a line and its intervals; and faint
// lines of trainings before it.

import { html, show, svg } from "./dom.js";

const HIGH = 230;
const EDGE = { left: 52, right: 12, top: 14, bottom: 34 };

function steps(most) {
  const rough = most / 5 || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * power >= rough) * power;
  return Array.from({ length: Math.floor(most / step) + 1 }, (_, place) => place * step);
}

// `series`: {label, lines: [[ [x, y], ... ] of each seed], ends: [[x, low, high], ...], faint}.
// `guides`: {value, says}. The labels, where there are any, say which colour is which.
export function lineChart(place, { title, says, series, guides = [], top = null, text = String, axis = "training steps" }) {
  const WIDE = innerWidth < 700 ? 360 : 640; // its letters stay as large as the page's
  const points = series.flatMap((each) => each.lines.flat()).filter(([, y]) => Number.isFinite(y));
  const mostX = Math.max(1, ...points.map(([x]) => x));
  const mostY = top ?? Math.max(1e-9, ...points.map(([, y]) => y), ...guides.map((g) => g.value)) * 1.05;
  const across = (x) => EDGE.left + (x / mostX) * (WIDE - EDGE.left - EDGE.right);
  const up = (y) => HIGH - EDGE.bottom - (y / mostY) * (HIGH - EDGE.top - EDGE.bottom);
  const path = (line) => {
    const drawn = line.filter(([, y]) => Number.isFinite(y));
    return `M${drawn.map(([x, y]) => `${across(x).toFixed(1)} ${up(y).toFixed(1)}`).join("L")}`;
  };
  const ticksX = steps(mostX).map((x) =>
    svg("g", { class: "tick" }, svg("text", { x: across(x), y: HIGH - 20 }, x.toLocaleString("en")))
  );
  const ticksY = steps(mostY).map((y) =>
    svg(
      "g",
      { class: "tick" },
      svg("line", { x1: EDGE.left, x2: WIDE - EDGE.right, y1: up(y), y2: up(y) }),
      svg("text", { x: EDGE.left - 6, y: up(y) + 4, class: "end" }, text(y))
    )
  );
  const band = (each) => {
    const ends = each.ends ?? between(each.lines);
    if (!ends.length) return null;
    const [high, low] = [ends.map(([x, , y]) => [x, y]), ends.map(([x, y]) => [x, y])];
    return `${path([...high, ...low.reverse()])}Z`;
  };
  const bands = series.map((each, number) => {
    const d = each.faint ? null : band(each);
    return d ? svg("path", { d, class: "band", "data-line": number % 6 }) : null;
  });
  const lines = series.map((each, number) =>
    each.lines
      .filter((line) => line.length)
      .map((line) => svg("path", { d: path(line), class: `line ${each.faint ? "faint" : ""}`, "data-line": number % 6 }))
  );
  const rules = guides.map((guide) =>
    svg(
      "g",
      { class: "guide" },
      svg("line", { x1: EDGE.left, x2: WIDE - EDGE.right, y1: up(guide.value), y2: up(guide.value) }),
      svg("text", { x: WIDE - EDGE.right, y: up(guide.value) - 4, class: "end" }, guide.says)
    )
  );
  const picture = svg(
    "svg",
    { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": says },
    ticksY,
    ticksX,
    svg("text", { x: (WIDE + EDGE.left) / 2, y: HIGH - 4, class: "axis" }, axis),
    rules,
    bands,
    lines
  );
  const keys = series.map((each, number) =>
    each.label ? html("span", { class: "key", "data-line": number % 6 }, each.label) : null
  );
  show(place, html("figcaption", {}, title, keys), picture);
}

// The least and the most of lines, at each place of the first.
function between(lines) {
  const [first] = lines;
  if (lines.length < 2) return [];
  return first.map(([x], at) => {
    const all = lines.map((line) => line[at][1]);
    return [x, Math.min(...all), Math.max(...all)];
  });
}
