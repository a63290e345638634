// The page: which screen is shown, and what the controls say, both held by the address.

import { ask, followed, heedOthers } from "./api.js";
import { showCode } from "./code.js";
import { Controls } from "./controls.js";
import { byId, tell } from "./dom.js";
import { SCREENS, read, write } from "./link.js";
import { explain } from "./task.js";
import { Measuring } from "./measure.js";
import { Seeing } from "./see.js";
import { Studying } from "./study.js";
import { Trainer } from "./train.js";
import { Trying } from "./trying.js";

const ALONE = ["try", "measure", "study"]; // without the controls of an experiment
const SOON = 120; // milliseconds from a change to the question

let controls, trying, studying;
let screen = "task";
let later = 0;

function changed() {
  write(screen, controls.values);
  clearTimeout(later);
  later = setTimeout(explained, SOON);
}

// What the task asks, with the recipe of the screen that is shown.
async function explained() {
  const result = await explain(controls.values);
  if (result === null) showCode(null); // what stood there is not of these controls
  if (result) controls.learns(result.data);
  if (result && !ALONE.includes(screen)) showCode(screen === "see" ? result.watched : result.recipe);
}

function turn(next) {
  screen = next;
  for (const name of SCREENS) byId(name).hidden = name !== screen;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.screen === screen) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const alone = ALONE.includes(screen);
  byId("controls").hidden = alone;
  if (alone) showCode(null);
  if (screen === "try") trying.open();
  if (screen === "study") studying.open();
}

function follow() {
  const { screen: next, values } = read();
  const { run, ...settings } = values;
  if (!run && JSON.stringify(settings) !== JSON.stringify(controls.values)) controls.take(settings);
  turn(next);
  write(screen, run ? values : controls.values);
  if (!byId("controls").hidden) explained();
}

const known = new Set();

// Work of another tab, or of before a reload.
async function find(screens) {
  const works = (await ask("works")).filter(({ id }) => !known.has(id) && !followed.has(id));
  for (const { id } of works) known.add(id);
  for (const each of screens) each.find(works);
}

async function begin() {
  if (location.search) history.replaceState(null, "", location.pathname + location.hash);
  try {
    const declared = await ask("controls");
    controls = new Controls(declared, changed);
    byId("save-mp4").hidden = !declared.makes_mp4;
    const values = () => controls.values;
    trying = new Trying();
    studying = new Studying(declared);
    const screens = [new Trainer(values), new Seeing(values), new Measuring(declared), studying];
    addEventListener("hashchange", follow);
    follow();
    await find(screens);
    heedOthers(() => find(screens).catch((error) => tell(error.message, true)));
  } catch (error) {
    tell(error.message, true);
  }
}

byId("controls").addEventListener("submit", (event) => event.preventDefault());
begin();
