// The page's beginning: three views under one address, the settings, and the key where one is needed.

import { hasKey, setKey, whenItLoads, whenKeyIsNeeded } from "./api.js";
import { settings } from "./asking.js";
import { startChat } from "./chat.js";
import { offer, openCompare, startCompare } from "./compare.js";
import { byId, make } from "./dom.js";
import { keep } from "./store.js";
import { told, watch } from "./versions.js";

const VIEWS = ["chat", "compare", "versions"];

function view() {
  const wanted = location.hash.slice(1);
  return VIEWS.includes(wanted) ? wanted : "chat";
}

function turn(moved) {
  declined = false;
  const now = view();
  for (const name of VIEWS) {
    byId(name).hidden = name !== now;
    const link = document.querySelector(`nav a[href="#${name}"]`);
    if (name === now) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${{ chat: "Chat", compare: "Compare", versions: "Versions" }[now]} – burnish`;
  watch(now === "versions", offer);
  if (now === "compare") known();
  if (moved) byId(now).querySelector("h2").focus({ preventScroll: true });
  window.scrollTo({ top: now === "chat" ? document.documentElement.scrollHeight : 0 });
}

/** Ask which versions there are, for the choosers. */
async function known() {
  try {
    const [models, versions, ab] = await Promise.all(["v1/models", "v1/versions", "v1/ab"].map((path) => told(path)));
    const cards = versions?.data ?? [];
    offer(cards.length ? cards : (models?.data ?? []).map((one) => ({ label: one.id, name: one.id, live: false })));
    choose(models?.data ?? [], ab?.running === true || (cards.length > 1 && !cards.some((one) => one.live)));
    byId("settings-fault").textContent = "";
  } catch (fault) {
    byId("settings-fault").textContent = `${fault.message} ${fault.detail ?? ""}`.trim();
  }
}

const DECIDES = "as the server decides";

/** Offer the versions; where `decides`, first of all to name none: only then an experiment has a say where nothing is live. */
function choose(models, decides) {
  const wanted = settings().model;
  const offered = decides ? [{ id: "", root: "" }, ...models] : models;
  const first = offered.find((one) => one.id === wanted) ?? offered.find((one) => one.id === "live") ?? offered[0];
  const options = offered.map((one) => make("option", { value: one.id, selected: one === first }, words(one)));
  byId("model").replaceChildren(...options);
  said();
}

function words({ id, root }) {
  if (!id) return DECIDES;
  return root && root !== id ? `${id} (${root})` : id;
}

function startSettings() {
  const { temperature, system, think } = settings();
  byId("temperature").value = temperature;
  byId("system").value = system;
  byId("think").checked = think;
  byId("settings").addEventListener("input", said);
  byId("forget-key").addEventListener("click", () => { setKey(""); said(); });
  said();
}

/** Keep the settings and say them in the one line that is always seen. */
function said() {
  const chooser = byId("model");
  const model = chooser.options.length ? chooser.value : settings().model;
  const now = { model, temperature: Number(byId("temperature").value), system: byId("system").value, think: byId("think").checked };
  keep("settings", now);
  byId("temperature-told").textContent = now.temperature ? now.temperature.toFixed(1) : "0: always the likeliest word";
  const told = [model || (chooser.options.length ? DECIDES : "no version"), `temperature ${now.temperature}`];
  if (now.system.trim()) told.push("system prompt");
  if (now.think) told.push("thinks first");
  byId("settings-told").textContent = told.join(" · ");
  byId("forget-key").hidden = !hasKey();
}

/** Ask for the key, once for all who wait for it; what the page asks by itself waits for a person who has declined to turn to it. */
let asking = null;
let declined = false;
function askForKey(wrong, byItself) {
  if (byItself && declined) return Promise.resolve(false);
  asking ??= new Promise((resolve) => {
    const dialog = byId("key-dialog");
    const field = byId("key");
    byId("key-told").textContent = wrong ? "That key was not right." : "";
    field.value = "";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      asking = null;
      const given = dialog.returnValue === "given" && field.value.trim();
      declined = !given;
      if (given) setKey(field.value.trim());
      field.value = "";
      said();
      resolve(Boolean(given));
    }, { once: true });
    dialog.showModal();
    field.focus();
  });
  return asking;
}

byId("key-form").addEventListener("submit", (event) => { event.preventDefault(); if (byId("key").value.trim()) byId("key-dialog").close("given"); });
byId("key-cancel").addEventListener("click", () => byId("key-dialog").close(""));
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault(); // the address says which view is open
  const target = view() === "chat" ? byId("words") : byId(view()).querySelector("h2");
  target.focus();
});
window.addEventListener("hashchange", () => turn(true));
whenKeyIsNeeded(askForKey);
whenItLoads((words) => {
  const place = byId("loading");
  if (place.textContent !== words) place.textContent = words;
  place.hidden = !words;
});
startSettings();
startChat();
startCompare();
openCompare();
turn(false);
known();
if (view() === "chat") byId("words").focus();
