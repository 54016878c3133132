// Two versions on one prompt, side by side and blind: which stands where is drawn by lot, and nothing on the page says it until a person has judged.

import { AnswerView } from "./answer.js";
import { Fault } from "./api.js";
import { answer, messagesOf } from "./asking.js";
import { announce, byId, make } from "./dom.js";
import { send } from "./feedback.js";

const SIDES = ["First", "Second"]; // on a phone they stand above each other
let chosen = []; // labels of the two versions, as chosen
let offered = []; // [{label, name}]
let running = null;

export function startCompare() {
  byId("compare-form").addEventListener("submit", (event) => { event.preventDefault(); begin(); });
  byId("compare-words").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); begin(); }
  });
  byId("compare").addEventListener("keydown", (event) => { if (event.key === "Escape" && running) running.abort(); });
}

/** Take the versions there are; they are shown only while nothing is being judged. */
export function offer(versions) {
  offered = versions;
  if (byId("pick-a")) fill();
}

/** Offer what there is; what a person has chosen stays chosen. */
function fill() {
  const held = byId("pick-a").value ? [byId("pick-a").value, byId("pick-b").value] : chosen;
  const first = held[0] ?? (offered.find((one) => one.live) ?? offered[0])?.label;
  const other = held[1] ?? offered.find((one) => one.label !== first)?.label;
  for (const [id, label] of [["pick-a", first], ["pick-b", other]]) {
    const options = offered.map((one) => make("option", { value: one.label, selected: one.label === label }, one.live ? `${one.name} (live)` : one.name));
    byId(id).replaceChildren(...options);
  }
  byId("compare-few").hidden = offered.length > 1;
}

function begin() {
  if (running) return;
  const words = byId("compare-words").value.trim();
  const picked = [byId("pick-a").value, byId("pick-b").value];
  const told = byId("compare-told");
  told.textContent = picked[0] === picked[1] ? "Choose two versions that differ." : "";
  if (!words || picked[0] === picked[1] || !picked[0] || !picked[1]) return;
  chosen = picked;
  const drawn = crypto.getRandomValues(new Uint8Array(1))[0] & 1 ? picked : [picked[1], picked[0]];
  byId("picks").replaceChildren(); // the names leave the page
  ask(words, drawn);
}

async function ask(words, drawn) {
  running = new AbortController();
  byId("compare-form").hidden = true;
  const sides = drawn.map((label, i) => ({ label, view: new AnswerView(`${SIDES[i]} answer`), done: false, about: null }));
  const columns = sides.map((side, i) => make("section", { class: "side", "aria-label": SIDES[i] }, make("h3", {}, SIDES[i]), side.view.element));
  const verdict = make("div", { class: "verdict-row", role: "group", tabindex: "-1", "aria-label": "Which answer is better?" });
  const stop = make("button", { type: "button", class: "stop", onclick: () => running?.abort() }, "Stop");
  verdict.append(make("p", { class: "soft" }, "Both are being written, at the pace of the slower one."), stop);
  byId("pair").replaceChildren(make("article", { class: "said", "aria-label": "You" }, make("p", { dir: "auto" }, words)), make("div", { class: "sides" }, ...columns), verdict);
  announce("Both answers are being written.");
  stop.focus();
  const signal = running.signal;
  const outcomes = await Promise.allSettled(sides.map((side) => one(side, sides, words, signal)));
  running = null;
  const faults = outcomes.filter((outcome) => outcome.status === "rejected").map((outcome) => outcome.reason);
  if (faults.length) fail(faults.find((fault) => fault.name !== "AbortError") ?? faults[0], verdict);
  else judge(sides, verdict);
}

async function one(side, sides, words, signal) {
  const onPart = (more, thought) => {
    side.view.words += more;
    side.view.thought += thought;
    level(sides);
  };
  try {
    side.about = await answer({ model: side.label, messages: messagesOf([{ role: "user", content: words }]), signal, onPart });
    side.done = true;
    level(sides);
  } catch (fault) {
    running?.abort(); // one alone cannot be compared
    throw fault;
  }
}

/** Show both as far as the slower one has come: speed would tell which is which. */
function level(sides) {
  const length = Math.min(...sides.map((side) => (side.done ? Infinity : side.view.words.length)));
  sides.forEach((side) => side.view.draw(Math.min(length, side.view.words.length)));
}

function judge(sides, verdict) {
  sides.forEach((side) => side.view.end({ ...side.about, version: "" }));
  const buttons = [["The first is better", 0], ["They are the same", null], ["The second is better", 1]].map(([words, which]) =>
    make("button", { type: "button", onclick: () => reveal(sides, which, verdict) }, words));
  verdict.replaceChildren(make("p", { class: "question" }, "Which answer is better?"), ...buttons);
  verdict.focus({ preventScroll: true }); // on none of the buttons: a key pressed too long must judge nothing
  announce("Both answers are done. Which one is better?");
}

async function reveal(sides, which, verdict) {
  sides.forEach((side, i) => {
    const name = offered.find((one) => one.label === side.label)?.name ?? side.label;
    const head = side.view.element.parentElement.querySelector("h3");
    head.replaceChildren(name, ...(which === i ? [make("span", { class: "chip good" }, "preferred")] : []));
  });
  const told = make("p", { class: "told" }, which === null ? "The same: there is no preference to send." : "Sending…");
  verdict.replaceChildren(told, againButton());
  verdict.querySelector("button").focus({ preventScroll: true });
  if (which !== null) {
    const found = await send({ id: sides[which].about.id, preferred_over: sides[1 - which].about.id });
    told.textContent = found.words;
  }
  announce(`The first was ${sides[0].label}, the second was ${sides[1].label}. ${told.textContent}`);
}

function fail(fault, verdict) {
  const stopped = fault.name === "AbortError";
  const what = stopped ? new Fault("Stopped. Half an answer is not compared.") : fault;
  byId("pair").querySelector(".sides").remove();
  const detail = what.detail ? make("p", { class: "detail" }, what.detail) : null;
  verdict.replaceChildren(make("div", { class: "fault" }, make("p", {}, what.message), detail, againButton("Try again")));
  verdict.querySelector("button").focus();
  announce(what.message);
}

const againButton = (words = "Compare again") => make("button", { type: "button", onclick: open }, words);

/** Show the form again, with the versions that were chosen. */
function open() {
  byId("pair").replaceChildren();
  byId("picks").replaceChildren(
    make("label", {}, "One version", make("select", { id: "pick-a" })),
    make("label", {}, "Another version", make("select", { id: "pick-b" })),
  );
  byId("compare-form").hidden = false;
  fill();
  byId("compare-words").focus();
}

export { open as openCompare };
