// The conversation: what a person says, what comes back, and nothing of it outside this tab.

import { AnswerView, heard } from "./answer.js";
import { answer, messagesOf, settings } from "./asking.js";
import { announce, byId, make } from "./dom.js";
import { judging } from "./feedback.js";
import { keep, kept, newName } from "./store.js";

let talk = kept("talk", null) ?? { id: newName(), turns: [] };
let running = null;

export function startChat() {
  const form = byId("say");
  const area = byId("words");
  form.addEventListener("submit", (event) => { event.preventDefault(); if (running) stop(); else say(); });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); if (!running) say(); }
  });
  area.addEventListener("input", grow);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && running && !document.querySelector("dialog[open]")) { event.preventDefault(); stop(); }
  });
  byId("new-chat").addEventListener("click", begin);
  byId("log").addEventListener("drawn", follow);
  talk.turns.forEach((turn, i) => (turn.role === "user" ? showSaid(turn.content) : restore(turn, i)));
  if (talk.turns.at(-1)?.role === "user") unanswered();
  look();
}

function begin() {
  stop();
  talk = { id: newName(), turns: [] };
  remember();
  byId("log").replaceChildren();
  look();
  byId("words").focus();
  announce("A new chat.");
}

function say() {
  const area = byId("words");
  const words = area.value.trim();
  if (!words || running) return;
  area.value = "";
  grow();
  talk.turns.push({ role: "user", content: words });
  remember();
  showSaid(words);
  reply();
}

/** Ask for the answer to the turns there are. */
async function reply() {
  const view = new AnswerView("Answer");
  byId("log").append(view.element);
  running = new AbortController();
  const mine = { talk, running };
  look();
  announce("The answer is being written.");
  window.scrollTo({ top: document.body.scrollHeight });
  let about = { id: "", version: "", reason: "", context: null, arm: "" };
  let stopped = false;
  try {
    about = await answer({
      model: settings().model || undefined,
      messages: messagesOf(talk.turns),
      conversation: talk.id,
      signal: running.signal,
      onBegin: (found) => { about = found; },
      onPart: (words, thought) => view.add(words, thought),
    });
  } catch (fault) {
    stopped = fault.name === "AbortError";
    if (!stopped) {
      done(mine);
      view.fail(fault, () => { view.element.remove(); reply(); byId("words").focus(); });
      return;
    }
  }
  done(mine);
  if (mine.talk !== talk) return;
  const turn = { role: "assistant", content: view.words, thought: view.thought, about, stopped };
  talk.turns.push(turn);
  remember();
  finish(view, turn);
  announce(stopped ? "Stopped." : `Answer: ${heard(view.words)}`);
}

function done(mine) {
  if (running === mine.running) running = null;
  look();
}

/** Show the end of an answer and what can be done with it. */
function finish(view, turn) {
  const hidden = Boolean(turn.about.arm) && !turn.judged;
  view.end(turn.about, { hideVersion: hidden, stopped: turn.stopped });
  const again = make("button", { type: "button", class: "quiet again" }, "Ask again");
  again.addEventListener("click", () => askAgain(view, turn));
  const [row, form] = turn.about.id
    ? judging({
      id: turn.about.id,
      conversation: talk.id,
      words: turn.content,
      after: () => { turn.judged = true; remember(); view.end(turn.about, { stopped: turn.stopped }); },
    })
    : [make("div", { class: "judging" }), null];
  row.prepend(view.copyButton(), again);
  view.foot.replaceChildren(row, ...(form ? [form] : []));
}

/** Leave an answer and all after it, and ask once more. */
function askAgain(view, turn) {
  if (running) return;
  talk.turns.length = talk.turns.indexOf(turn);
  remember();
  while (view.element.nextElementSibling) view.element.nextElementSibling.remove();
  view.element.remove();
  reply();
  byId("words").focus();
}

function restore(turn) {
  const view = new AnswerView("Answer");
  byId("log").append(view.element);
  view.add(turn.content, turn.thought ?? "");
  finish(view, turn);
}

/** The tab was closed or loaded anew while an answer was written. */
function unanswered() {
  const view = new AnswerView("Answer");
  byId("log").append(view.element);
  view.fail({ message: "The answer was not finished when this page was left." }, () => { view.element.remove(); reply(); });
}

const showSaid = (words) => byId("log").append(make("article", { class: "said", "aria-label": "You" }, make("p", { dir: "auto" }, words)));

const stop = () => running?.abort();

function remember() {
  byId("full").hidden = keep("talk", talk);
}

/** Make the controls say what can be done now. */
function look() {
  const button = byId("send");
  button.textContent = running ? "Stop" : "Send";
  button.classList.toggle("stop", Boolean(running));
  byId("log").querySelectorAll(".again").forEach((one) => { one.disabled = Boolean(running); });
  byId("welcome").hidden = talk.turns.length > 0;
}

/** Keep the end in sight, unless the person has scrolled away from it. */
function follow() {
  const distance = document.documentElement.scrollHeight - window.innerHeight - window.scrollY;
  if (running && distance < 160) window.scrollTo({ top: document.documentElement.scrollHeight });
}

function grow() {
  const area = byId("words");
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, window.innerHeight * 0.4)}px`;
}
