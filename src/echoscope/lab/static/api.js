import { tell } from "./dom.js";

// The server: each question, and what it answers; a refusal is an Error with its sentence.

async function answer(response) {
  const values = await response.json().catch(() => ({ error: `the server says ${response.status}.` }));
  if (!response.ok) throw new Error(values.error ?? `the server says ${response.status}.`);
  return values;
}

const away =
  "the lab's server does not answer: see whether echoscope lab still runs, and open the address that it prints.";

// Other tabs of this browser hear when work is begun in this one.
const others = new BroadcastChannel("echoscope-lab");
export const followed = new Set(); // the names of work that this tab has followed

// Calls `look` when there may be work that this tab knows nothing of.
export function heedOthers(look) {
  others.addEventListener("message", look);
  document.addEventListener("visibilitychange", () => document.hidden || look());
}

export async function ask(path, values = undefined) {
  const how =
    values === undefined
      ? {}
      : {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(values),
        };
  let response;
  try {
    response = await fetch(`/api/${path}`, how);
  } catch {
    throw new Error(away);
  }
  return answer(response);
}

// Sends a file of one's own, with what is said of it.
export async function send(file, values) {
  const query = new URLSearchParams({ ...values, name: file.name });
  const how = { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file };
  let response;
  try {
    response = await fetch(`/api/files?${query}`, how);
  } catch {
    throw new Error(away);
  }
  return answer(response);
}

const forgotten = "the lab was begun again and knows nothing of this work: what it kept is among the runs.";

// Follows work to its end; calls `news` with what is new. Gives a function that stops following. A
// tab that is not seen does not follow: a browser has six connections to a server, for all tabs.
export function follow(name, news) {
  let source = null;
  let begun = false;
  let gone = false;
  let last = {};
  followed.add(name);
  const end = () => {
    source?.close();
    source = null;
    document.removeEventListener("visibilitychange", look);
  };
  function look() {
    source?.close();
    begun = false; // a connection that comes back tells it all from the beginning
    source = document.hidden ? null : new EventSource(`/api/works/${encodeURIComponent(name)}/events`);
    if (!source) return;
    source.onmessage = (event) => {
      if (gone) tell("");
      gone = false;
      const values = JSON.parse(event.data);
      if (values.over) end();
      last = values;
      news(values, !begun);
      begun = true;
    };
    source.onerror = why;
  }
  // A connection that is lost comes back by itself; what is refused says what to do.
  async function why() {
    const refused = source?.readyState === EventSource.CLOSED;
    begun = false;
    gone = true;
    try {
      const works = await ask("works");
      if (!refused || works.some(({ id }) => id === name)) return;
      end();
      news({ ...last, items: [], over: true, error: forgotten }, false);
    } catch (error) {
      tell(error.message, true);
    }
  }
  document.addEventListener("visibilitychange", look);
  look();
  return end;
}

// Begins work, and has it watched by its name.
export async function beginWork(path, asked, says, watch) {
  try {
    watch((await ask(path, asked)).id);
    tell(says);
    others.postMessage(path);
  } catch (error) {
    tell(error.message, true);
  }
}

export async function stopWork(name) {
  try {
    await ask(`works/${encodeURIComponent(name)}/stop`, {});
    tell("it stops at its next slice, and what is known is kept");
  } catch (error) {
    tell(error.message, true);
  }
}
