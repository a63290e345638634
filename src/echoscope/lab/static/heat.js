// A heat map of units over time on a canvas: blue below 0, red above, the same scale throughout.

const CELL = 9;

function colour(value, most, dark) {
  const share = Math.max(-1, Math.min(1, value / most));
  const strong = Math.abs(share) ** 0.6; // so that what is near 0 has a colour too
  const [r, g, b] = share < 0 ? [33, 102, 172] : [178, 24, 43];
  const back = dark ? 22 : 247;
  return [r, g, b].map((part) => Math.round(back + (part - back) * strong));
}

// `rows` [time][units].
export function heat(place, rows, { says }) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  let canvas = place.querySelector("canvas");
  if (!canvas) {
    canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    place.append(canvas);
  }
  const [time, units] = [rows.length, rows[0].length];
  canvas.width = time;
  canvas.height = units;
  canvas.setAttribute("aria-label", says);
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(time, units);
  const most = Math.max(1, ...rows.flat().map(Math.abs));
  rows.forEach((row, at) =>
    row.forEach((value, unit) => {
      const from = 4 * (unit * time + at);
      image.data.set([...colour(value, most, dark), 255], from);
    })
  );
  pen.putImageData(image, 0, 0);
  canvas.style.width = `${Math.min(46 * 16, time * CELL * 2.4)}px`;
  canvas.style.height = `${Math.max(120, Math.min(360, units * CELL))}px`;
}
