// An answer on the page: its thought folded, its words as they come, what is to be known of it, and what a person says to it.

import { announce, copy, make } from "./dom.js";
import { show } from "./markdown.js";

const number = new Intl.NumberFormat("en");

export class AnswerView {
  /** `title` is what screen readers call it. */
  constructor(title) {
    this.words = "";
    this.thought = "";
    this.body = make("div", { class: "prose" });
    this.thoughtWords = make("div", { class: "thought-words", dir: "auto" });
    this.thoughtTitle = make("summary", {}, "Thinking…");
    this.folded = make("details", { class: "thought", hidden: true }, this.thoughtTitle, this.thoughtWords);
    this.note = make("p", { class: "note", hidden: true });
    this.foot = make("div", { class: "foot" });
    this.element = make("article", { class: "answer", "aria-label": title, "aria-busy": "true" }, this.folded, this.body, this.note, this.foot);
    this.frame = 0;
  }

  /** Add what came; it is drawn with the next frame. */
  add(words, thought) {
    this.words += words;
    this.thought += thought;
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  /** Draw now, the first `length` letters of the words. */
  draw(length = this.words.length) {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.folded.hidden = !this.thought.trim();
    if (this.thoughtWords.textContent !== this.thought) this.thoughtWords.textContent = this.thought;
    if (this.words.trim()) this.thoughtTitle.textContent = "Thought";
    show(this.body, this.words.slice(0, length));
    this.element.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
  }

  /** Say what is to be known of it: how it ended, and that the conversation was shortened. `hideVersion` while it must not be known. */
  end(about, { hideVersion = false, stopped = false } = {}) {
    this.draw();
    this.thoughtTitle.textContent = "Thought";
    this.element.setAttribute("aria-busy", "false");
    const facts = [];
    if (stopped) facts.push("Stopped here.");
    if (about.reason === "length") facts.push("Cut here: it reached the longest answer allowed.");
    if (!this.words.trim() && !stopped) facts.push("The answer is empty.");
    if (hideVersion) facts.push("One of the versions under test; which one is shown after you have judged it.");
    else if (about.version) facts.push(`Version ${about.version}`);
    if (about.context) facts.push(shortened(about.context));
    this.note.replaceChildren(...facts.flatMap((fact, i) => (i ? [" · ", fact] : [fact])));
    this.note.hidden = !facts.length;
  }

  /** Say in plain words what went wrong, with a button that tries again. */
  fail(fault, retry) {
    this.draw();
    this.element.setAttribute("aria-busy", "false");
    const button = make("button", { type: "button", onclick: () => retry() }, "Try again");
    const detail = fault.detail ? make("p", { class: "detail" }, fault.detail) : null;
    const box = make("div", { class: "fault" }, make("p", {}, fault.message), detail, button);
    this.foot.replaceChildren(box);
    announce(`${fault.message} ${fault.detail ?? ""}`);
  }

  copyButton() {
    const button = make("button", { type: "button", class: "quiet" }, "Copy");
    button.addEventListener("click", () => copy(button, this.words));
    return button;
  }
}

function shortened({ before, after, method }) {
  return `Earlier turns were shortened to fit: ${number.format(before)} tokens became ${number.format(after)} (${method}).`;
}

/** Return an answer's words for the ear: not too many of them. */
export function heard(words) {
  return words.length > 600 ? `${words.slice(0, 600)} … The rest stands on the page.` : words;
}
