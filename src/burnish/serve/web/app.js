// The page's beginning: three views under one address, the settings, and the key where one is needed.

import { hasKey, setKey, whenKeyIsNeeded } from "./api.js";
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
    const [models, versions] = await Promise.all(["v1/models", "v1/versions"].map(told));
    const cards = versions?.data ?? [];
    offer(cards.length ? cards : (models?.data ?? []).map((one) => ({ label: one.id, name: one.id, live: false })));
    choose(models?.data ?? []);
    byId("settings-fault").textContent = "";
  } catch (fault) {
    byId("settings-fault").textContent = `${fault.message} ${fault.detail ?? ""}`.trim();
  }
}

function choose(models) {
  const wanted = settings().model;
  const first = models.find((one) => one.id === wanted) ?? models.find((one) => one.id === "live") ?? models[0];
  const options = models.map((one) => make("option", { value: one.id, selected: one === first }, one.root && one.root !== one.id ? `${one.id} (${one.root})` : one.id));
  byId("model").replaceChildren(...options);
  if (first) keep("settings", { ...settings(), model: first.id });
  said();
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
  const model = byId("model").value || settings().model;
  const now = { model, temperature: Number(byId("temperature").value), system: byId("system").value, think: byId("think").checked };
  keep("settings", now);
  byId("temperature-told").textContent = now.temperature ? now.temperature.toFixed(1) : "0: always the likeliest word";
  const told = [model || "no version", `temperature ${now.temperature}`];
  if (now.system.trim()) told.push("system prompt");
  if (now.think) told.push("thinks first");
  byId("settings-told").textContent = told.join(" · ");
  byId("forget-key").hidden = !hasKey();
}

/** Ask for the key, once for all who wait for it. */
let asking = null;
function askForKey(wrong) {
  asking ??= new Promise((resolve) => {
    const dialog = byId("key-dialog");
    const field = byId("key");
    byId("key-told").textContent = wrong ? "That key was not right." : "";
    field.value = "";
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      asking = null;
      const given = dialog.returnValue === "given" && field.value.trim();
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
startSettings();
startChat();
startCompare();
openCompare();
turn(false);
known();
if (view() === "chat") byId("words").focus();
