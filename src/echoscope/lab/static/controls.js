// The form of all controls, made from the settings' own declarations.

import { byId, html, show } from "./dom.js";
import { OwnData } from "./own.js";

const PARTS = { task: "Task", model: "Model", training: "Training" };
const OPEN = ["task", "model"];
const NOT_USUAL = ["seeds", "data"]; // that no preset says

export class Controls {
  constructor(declared, changed) {
    this.declared = declared;
    this.changed = changed;
    this.own = new OwnData((name) => {
      this.take({ ...this.values, data: name });
      this.changed();
    });
    this.source = "";
    this.take({ preset: "lag", fit: "quick" });
  }

  // What differs from the preset, as texts, with preset, fit and seeds.
  take(values) {
    const { presets, fits } = this.declared;
    const preset = Object.hasOwn(presets, values.preset) ? values.preset : "lag";
    const fit = fits.includes(values.fit) ? values.fit : "quick";
    const usual = this.usualOf(preset, fit);
    const others = Object.entries(values).filter(([name, text]) => {
      if (NOT_USUAL.includes(name)) return text;
      return Object.hasOwn(usual, name) && text !== usual[name] && !(values.data && this.declared.of_data.includes(name));
    });
    this.values = { preset, fit, ...Object.fromEntries(others) };
    this.draw();
  }

  usualOf(preset = this.values.preset, fit = this.values.fit) {
    return this.declared.presets[preset][fit].settings;
  }

  set(name, text) {
    if (name === "preset" || name === "fit") {
      this.take({ ...this.values, [name]: text });
    } else {
      const usual = name === "seeds" ? "1" : this.usualOf()[name];
      const input = byId(`c-${name}`);
      if (text.trim() === usual || text.trim() === "") {
        delete this.values[name];
        input.value = usual;
      } else this.values[name] = text.trim();
      input.parentElement.classList.toggle("changed", name in this.values);
    }
    this.changed();
  }

  draw() {
    const { presets, fits, settings } = this.declared;
    const { preset, fit } = this.values;
    const task = presets[preset][fit].task;
    const focused = document.activeElement?.id;
    const open = new Set([...document.querySelectorAll("details[open]")].map((part) => part.id));
    const first = !byId("part-task");
    const groups = Object.entries(PARTS).map(([part, title]) =>
      html(
        "details",
        { id: `part-${part}`, open: first ? OPEN.includes(part) : open.has(`part-${part}`) },
        html("summary", {}, title),
        settings
          .filter((setting) => setting.part === part && setting.tasks.includes(task))
          .filter((setting) => !(this.values.data && this.declared.of_data.includes(setting.name)))
          .map((setting) => this.field(setting))
      )
    );
    show(
      byId("controls"),
      this.choice("preset", "what is asked, by name", Object.keys(presets), preset),
      this.choice("fit", "the tutorials' exact work, or fresh windows until it is solved", fits, fit),
      groups,
      this.own.element,
      this.text("seeds", `how many seeds are trained, up to ${this.declared.most_seeds}`, this.values.seeds ?? "1")
    );
    this.own.tell(this.values.data, this.source);
    if (focused) byId(focused)?.focus();
  }

  // What the server says of the file.
  learns(data) {
    this.source = data?.source ?? "";
    this.own.tell(this.values.data, this.source);
  }

  field(setting) {
    const { name, says, kind, choices } = setting;
    const text = this.values[name] ?? this.usualOf()[name];
    if (kind === "choice") return this.choice(name, says, choices, text);
    if (kind === "switch") return this.choice(name, says, ["true", "false"], text);
    return this.text(name, says, text);
  }

  row(name, says, input) {
    const mine = name in this.values && !["preset", "fit"].includes(name);
    return html(
      "div",
      { class: mine ? "control changed" : "control" },
      html("label", { for: `c-${name}` }, name.replaceAll("_", " ")),
      input,
      html("small", { id: `s-${name}` }, says)
    );
  }

  choice(name, says, choices, chosen) {
    const options = choices.map((text) =>
      html("option", { value: text, selected: text === chosen }, text)
    );
    const change = (event) => this.set(name, event.target.value);
    const input = html(
      "select",
      { id: `c-${name}`, "aria-describedby": `s-${name}`, onchange: change },
      options
    );
    return this.row(name, says, input);
  }

  text(name, says, value) {
    const change = (event) => this.set(name, event.target.value);
    const input = html("input", {
      id: `c-${name}`,
      value,
      maxlength: 200,
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": `s-${name}`,
      onchange: change,
    });
    return this.row(name, says, input);
  }
}
