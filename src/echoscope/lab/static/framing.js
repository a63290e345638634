// Windows moving over a sequence: what is read, what is asked, and how each symbol can arrive.

import { byId, html, show, svg } from "./dom.js";

const CELL = 34;
const TOP = 74;
const LINE = 18; // of the targets of one time step
const MOST_ROWS = 8;
const SAYS = {
  window: "inside the window: training can follow it",
  state: "by carried state alone: no gradient comes that way",
  none: "by no path: it cannot be known",
};
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let timer = 0;

export function drawFraming(framing) {
  clearInterval(timer);
  const { symbols, windows } = framing;
  const place = byId("framing");
  if (!windows.length) return show(place, html("p", {}, "No window fits: use a longer length."));
  let chosen = 0;
  const picture = html("div", { class: "scroll", tabindex: "0", "aria-label": "Framing" });
  const caption = html("figcaption", {});
  const slider = html("input", {
    type: "range",
    id: "window-shown",
    min: 0,
    max: windows.length - 1,
    value: 0,
    oninput: (event) => turn(Number(event.target.value)),
  });
  const play = html("button", { type: "button", onclick: () => toggle() }, "Play");

  function turn(next) {
    chosen = next;
    slider.value = chosen;
    show(picture, drawn(symbols, windows[chosen], framing.cut));
    caption.textContent = told(windows[chosen], chosen, windows.length);
  }

  function toggle(on = !timer) {
    clearInterval(timer);
    timer = 0;
    play.textContent = on ? "Pause" : "Play";
    if (on) timer = setInterval(() => turn((chosen + 1) % windows.length), 1100);
  }

  const moves = html(
    "p",
    { class: "buttons", hidden: windows.length < 2 },
    play,
    html("label", { for: "window-shown" }, "Window"),
    slider
  );
  show(place, picture, caption, legend(windows), moves);
  turn(0);
  toggle(windows.length > 1 && !calm.matches);
}

function told(window, chosen, count) {
  const lost = window.arrows.filter((arrow) => arrow.path === "none").length;
  const size = window.end - window.begin;
  const { targets: asked, arrows } = window;
  const reads = `Window ${chosen + 1} of ${count} reads ${size} symbol${size === 1 ? "" : "s"}`;
  const asks = `and is asked ${asked} target${asked === 1 ? "" : "s"}`;
  const drawn = arrows.length < asked ? `; the first ${arrows.length} are drawn` : "";
  return `${reads} ${asks}${drawn}${lost ? `, ${lost} of which cannot arrive` : ""}.`;
}

function legend(windows) {
  const paths = new Set(windows.flatMap((window) => window.arrows.map((arrow) => arrow.path)));
  return html(
    "ul",
    { class: "legend" },
    Object.keys(SAYS)
      .filter((path) => paths.has(path))
      .map((path) => html("li", { class: `path ${path}` }, SAYS[path]))
  );
}

const middle = (place) => (place + 0.5) * CELL;

function drawn(symbols, window, cut) {
  const before = Math.min(0, ...window.arrows.map((arrow) => arrow.source));
  const last = Math.max(symbols.length, ...window.arrows.map((arrow) => arrow.to + 1));
  const wide = (last - before) * CELL + (cut ? CELL : 0);
  const cells = symbols.map((symbol, place) => {
    const inside = place >= window.begin && place < window.end;
    return svg(
      "g",
      { class: inside ? "cell inside" : "cell", transform: `translate(${place * CELL} ${TOP})` },
      svg("rect", { x: 1, y: 1, width: CELL - 2, height: CELL - 2, rx: 4 }),
      svg("text", { x: CELL / 2, y: CELL / 2 + 4 }, symbol ?? "·")
    );
  });
  const more = cut ? svg("text", { x: symbols.length * CELL + 8, y: TOP + 20, class: "more" }, "…") : null;
  const frame = svg("rect", {
    class: "frame",
    x: window.begin * CELL - 1,
    y: TOP - 4,
    width: (window.end - window.begin) * CELL + 2,
    height: CELL + 8,
    rx: 7,
  });
  const rows = rowsOf(window.arrows);
  const high = TOP + CELL + 28 + LINE * Math.min(MOST_ROWS + 1, 1 + Math.max(0, ...rows));
  return svg(
    "svg",
    {
      viewBox: `${before * CELL - 4} 0 ${wide + 8} ${high}`,
      width: wide + 8,
      height: high,
      role: "img",
      "aria-label": `A sequence of ${symbols.length} symbols, and what is asked of one window.`,
    },
    frame,
    cells,
    more,
    window.arrows.map((arrow, place) => arch(arrow, rows[place]))
  );
}

// Which target of its time step each one is: they stand below each other.
function rowsOf(arrows) {
  const asked = new Map();
  return arrows.map(({ to }) => {
    const row = asked.get(to) ?? 0;
    asked.set(to, row + 1);
    return row;
  });
}

// From where a symbol was read to where it is asked, above the sequence; what is asked stands below.
function arch(arrow, row) {
  const from = middle(arrow.source);
  const to = middle(arrow.to);
  const high = Math.min(TOP - 12, 14 + 10 * Math.sqrt(Math.abs(arrow.to - arrow.source)));
  const path =
    from === to
      ? `M ${from} ${TOP - 4} v -10`
      : `M ${from} ${TOP - 4} C ${from} ${TOP - high}, ${to} ${TOP - high}, ${to} ${TOP - 6}`;
  const symbol = row < MOST_ROWS ? String(arrow.symbol ?? "?") : row === MOST_ROWS ? "…" : "";
  return svg(
    "g",
    { class: `path ${arrow.path}` },
    svg("path", { d: path }),
    svg("circle", { cx: to, cy: TOP - 5, r: 3 }),
    svg("text", { x: to, y: TOP + CELL + 24 + LINE * row }, symbol)
  );
}
