// What a person says to an answer: a thumb, or the answer they would have given. Sent to /v1/feedback, where it is kept.

import { ask } from "./api.js";
import { announce, make } from "./dom.js";

const NOT_KEPT = "Feedback is not kept on this server.";
let absent = false;

/** Send one judgement; return what came of it, in words. */
export async function send(judgement) {
  if (absent) return { words: NOT_KEPT, done: false };
  try {
    const told = await (await ask("v1/feedback", { body: judgement })).json();
    if (told.counted) return { words: "Thank you. It counts.", done: true };
    if (told.why?.startsWith("already")) return { words: "Unchanged: what was said first is what is kept.", done: true, late: true };
    return { words: `Kept${told.why ? `, not counted: ${told.why}` : "."}`, done: true };
  } catch (fault) {
    absent = (fault.status === 404 && fault.code !== "unknown_answer") || fault.status === 405;
    if (absent) return { words: NOT_KEPT, done: false };
    if (fault.code === "unknown_answer") return { words: "The server no longer knows this answer, so it was not kept.", done: false };
    return { words: `Not kept. ${fault.message} ${fault.detail ?? ""}`.trim(), done: false };
  }
}

/** Return the row of buttons under an answer. `after` is called once a judgement was taken. */
export function judging({ id, conversation, words, after = () => {} }) {
  const about = conversation ? { id, conversation } : { id };
  const told = make("span", { class: "told" });
  const up = make("button", { type: "button", class: "quiet", "aria-pressed": "false" }, "Good");
  const down = make("button", { type: "button", class: "quiet", "aria-pressed": "false" }, "Bad");
  const other = make("button", { type: "button", class: "quiet", "aria-expanded": "false" }, "I would have said…");
  const row = make("div", { class: "judging", role: "group", "aria-label": "What do you say to this answer?" }, up, down, other, told);
  const form = correction(words, take);
  const say = (text) => { told.textContent = text; announce(text); };

  async function take(judgement) {
    const found = await send({ ...about, ...judgement });
    say(found.words);
    if (absent) row.querySelectorAll("button").forEach((button) => { button.disabled = true; });
    if (found.done) after();
    return found;
  }
  for (const [button, thumb] of [[up, "up"], [down, "down"]]) {
    button.addEventListener("click", async () => {
      const { done, late } = await take({ thumb });
      if (done && !late) [up, down].forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    });
  }
  other.addEventListener("click", () => {
    form.hidden = !form.hidden;
    other.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) form.querySelector("textarea").focus();
  });
  form.addEventListener("closed", () => { form.hidden = true; other.setAttribute("aria-expanded", "false"); other.focus(); });
  return [row, form];
}

function correction(words, take) {
  const area = make("textarea", { rows: "4", name: "correction" });
  area.value = words;
  const form = make("form", { class: "correction", hidden: true },
    make("label", {}, "The answer you wanted", area),
    make("div", { class: "row" }, make("button", { type: "submit" }, "Keep it"), make("button", { type: "button", class: "quiet", onclick: close }, "Leave it")),
  );
  function close() { form.dispatchEvent(new CustomEvent("closed")); }
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = area.value.trim();
    if (wanted && (await take({ correction: wanted })).done) close();
  });
  return form;
}
