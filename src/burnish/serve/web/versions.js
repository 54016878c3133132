// The versions and what was found of them, the experiment that runs, and what the server does now; asked anew while it is looked at.

import { ask } from "./api.js";
import { byId, make } from "./dom.js";

const EVERY_MS = 4000;
const absent = new Set();
let timer = 0;
let shown = "";

const number = (value, digits = 0) => new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
const known = (value) => value !== null && value !== undefined && Number.isFinite(value);
const seconds = (value) => (known(value) ? (value < 1 ? `${number(value * 1000)} ms` : `${number(value, 1)} s`) : "–");
const share = (value) => (known(value) ? `${number(value * 100, 1)} %` : "–");

/** Return what a route says, or null where this server has no such route. */
export async function told(path, byItself = false) {
  if (absent.has(path)) return null;
  try {
    return await (await ask(path, { byItself })).json();
  } catch (fault) {
    if (fault.status !== 404 && fault.status !== 405) throw fault;
    absent.add(path);
    return null;
  }
}

/** Ask every few seconds while the view is open and the tab is looked at. */
export function watch(open, onVersions) {
  clearInterval(timer);
  const look = (byItself) => { if (document.visibilityState === "visible") refresh(onVersions, byItself); };
  if (!open) return;
  look(false);
  timer = setInterval(() => look(true), EVERY_MS);
}

async function refresh(onVersions, byItself) {
  try {
    const [versions, ab, figures] = await Promise.all(["v1/versions", "v1/ab", "v1/figures"].map((path) => told(path, byItself)));
    byId("versions-fault").textContent = "";
    const cards = versions?.data ?? [];
    onVersions(cards);
    const text = JSON.stringify(cards);
    if (text !== shown) byId("version-list").replaceChildren(...cards.map(card)); // only then: what a person has opened stays open
    shown = text;
    renew(byId("ab"), experiment(ab, cards));
    renew(byId("figures"), live(figures, cards));
  } catch (fault) {
    byId("versions-fault").textContent = `${fault.message} ${fault.detail ?? ""}`;
  }
}

/** Put new nodes in place; a table keeps how far it was scrolled, and the keyboard's place in it. */
function renew(parent, nodes) {
  const before = parent.querySelector(".scroll");
  const held = { left: before?.scrollLeft ?? 0, focused: before !== null && before === document.activeElement };
  parent.replaceChildren(...nodes.filter(Boolean));
  const after = parent.querySelector(".scroll");
  if (!after) return;
  after.scrollLeft = held.left;
  if (held.focused) after.focus({ preventScroll: true });
}

const TONES = { better: "good", worse: "bad", damaged: "bad", "cannot tell": "open" };
const MARKS = { better: "▲", worse: "▼", "cannot tell": "≈" };

function chip(verdict) {
  const mark = MARKS[verdict] ? make("span", { "aria-hidden": "true" }, `${MARKS[verdict]} `) : null;
  return make("span", { class: `chip ${TONES[verdict] ?? ""}` }, mark, verdict);
}

function card(version) {
  const facts = [];
  if (version.created) facts.push(new Date(version.created).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" }));
  if (known(version.rows)) facts.push(`${number(version.rows)} rows`);
  if (version.parent) facts.push(`from ${version.parent}`);
  if (version.name !== version.label) facts.push(version.label);
  return make("li", { class: "version" },
    make("div", { class: "head" }, make("h3", {}, version.name), version.live ? make("span", { class: "chip live" }, "live") : null, chip(version.verdict)),
    make("p", {}, version.words),
    facts.length ? make("p", { class: "soft small" }, facts.join(" · ")) : null,
    version.suites?.length ? suites(version.name, version.suites) : null,
  );
}

function suites(name, list) {
  const rows = list.map((suite) => make("tr", {},
    make("th", { scope: "row" }, suite.name),
    make("td", { class: "n" }, known(suite.before) ? number(suite.before, 2) : "–"),
    make("td", { class: "n" }, known(suite.after) ? number(suite.after, 2) : "–"),
    make("td", { class: "n" }, known(suite.low) && known(suite.high) ? `${signed(suite.low)} to ${signed(suite.high)}` : "–"),
    make("td", { class: "n" }, known(suite.questions) ? number(suite.questions) : "–"),
    make("td", {}, suite.verdict),
  ));
  return make("details", {}, make("summary", {}, "Scores by suite"),
    table(["suite", "before", "after", "difference (95\u00a0%)", "questions", "verdict"], rows, `Scores of ${name}, from 0 to 1`));
}

const signed = (value) => `${value < 0 ? "−" : "+"}${number(Math.abs(value), 2)}`;

function table(heads, rows, label) {
  const head = make("tr", {}, ...heads.map((words, i) => make("th", { scope: "col", class: i && words !== "verdict" ? "n" : null }, words)));
  return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
}

const nameOf = (label, cards) => cards.find((one) => one.label === label)?.name ?? label;

function experiment(ab, cards) {
  const head = make("h3", {}, "Experiment");
  if (ab === null) return [head, make("p", { class: "soft" }, "Experiments are not kept on this server.")];
  if (!ab.arms?.length) return [head, make("p", { class: "soft" }, ab.words || "No experiment runs.")];
  const rows = ab.arms.map((arm) => make("tr", {},
    make("th", { scope: "row" }, arm.name === nameOf(arm.label, cards) ? arm.name : `${arm.name} (${nameOf(arm.label, cards)})`),
    make("td", { class: "n" }, share(arm.share)),
    make("td", { class: "n" }, number(arm.answers)),
    make("td", { class: "n" }, number(arm.votes)),
    make("td", { class: "n" }, known(arm.mean) ? number(arm.mean, 2) : "–"),
    make("td", { class: "n" }, arm.interval ? `${number(arm.interval[0], 2)} to ${number(arm.interval[1], 2)}` : "–"),
  ));
  return [head, make("p", {}, ab.words), table(["arm", "share", "answers", "votes", "mean", "interval"], rows, "Arms of the experiment")];
}

function live(figures, cards) {
  const head = make("h3", {}, "Now");
  if (figures === null) return [head, make("p", { class: "soft" }, "Live figures are not kept on this server.")];
  const versions = Object.entries(figures.versions ?? {});
  if (!versions.length) return [head, make("p", { class: "soft" }, "Nothing has been asked yet.")];
  const rows = versions.map(([label, one]) => make("tr", {},
    make("th", { scope: "row" }, nameOf(label, cards)),
    ...[
      known(one.requests) ? number(one.requests) : "–", known(one.errors) ? number(one.errors) : "–",
      known(one.running) ? number(one.running) : "–", known(one.waiting) ? number(one.waiting) : "–",
      known(one.tokens_out_per_second) ? number(one.tokens_out_per_second, 1) : "–",
      seconds(one.first_token_seconds_p50), seconds(one.first_token_seconds_p95),
      share(one.natural_stops_share), share(one.refusals_share), known(one.context_shortened) ? number(one.context_shortened) : "–",
    ].map((words) => make("td", { class: "n" }, words)),
  ));
  const heads = ["version", "asked", "errors", "running", "waiting", "tokens a second", "first token, half within", "first token, 95\u00a0% within", "ended by itself", "refused", "shortened"];
  const since = known(figures.since) ? make("p", { class: "soft small" }, `Over the last ${span(figures.since)}.`) : null;
  return [head, table(heads, rows, "Live figures by version"), since];
}

function span(value) {
  if (value < 120) return `${number(value)} seconds`;
  return value < 7200 ? `${number(value / 60)} minutes` : `${number(value / 3600)} hours`;
}
