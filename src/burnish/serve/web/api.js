// The server, asked: the key goes with every request, a refusal comes back in plain words, a stream comes back as its events.

import { keep, kept } from "./store.js";

/** What went wrong, in words for a person: `message` in a sentence, `detail` as the server said it. */
export class Fault extends Error {
  constructor(message, { detail = "", status = 0, code = "" } = {}) {
    super(message);
    Object.assign(this, { detail, status, code });
  }
}

let showLoading = () => {};
/** Say who shows what the server does while it loads the model; "" once it is loaded. */
export const whenItLoads = (show) => { showLoading = show; };

let askForKey = async () => false;
/** Say who asks a person for the key; it returns whether one was given. */
export const whenKeyIsNeeded = (ask) => { askForKey = ask; };
export const hasKey = () => Boolean(kept("key", ""));
export const setKey = (key) => keep("key", key || null);

/** Return the server's answer, or raise a Fault. `body` is sent as JSON; a missing key is asked for, as often as it is wrong. `byItself`: no person waits for it. */
export async function ask(path, { body, signal, headers = {}, byItself = false } = {}) {
  for (;;) {
    const key = kept("key", "");
    const sent = { ...headers };
    if (body !== undefined) sent["Content-Type"] = "application/json";
    if (key) sent.Authorization = `Bearer ${key}`;
    const response = await reached(path, {
      method: body === undefined ? "GET" : "POST",
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal,
      cache: "no-store",
    });
    const loading = await stillLoading(response);
    showLoading(loading);
    if (loading) {
      await pause(Math.min(Number(response.headers.get("Retry-After")) || 1, LONGEST_WAIT_SECONDS), signal);
      continue;
    }
    if (response.ok) return response;
    if (response.status === 401 && (kept("key", "") !== key || (await askForKey(Boolean(key), byItself)))) continue;
    throw await refusal(response);
  }
}

const LONGEST_WAIT_SECONDS = 3;

/** Return what the server does while it loads the model, in words; "" where it does not. The body stays to be read. */
async function stillLoading(response) {
  if (response.status !== 503) return "";
  const told = await response.clone().json().then((value) => value.error ?? {}, () => ({}));
  if (told.code !== "not_loaded") return "";
  const doing = String(told.message ?? "").replace(/^the model is still being loaded:?\s*/, "");
  return `The model is being loaded; this goes on by itself.${doing ? ` ${doing}` : ""}`;
}

/** Wait so many seconds, or until nobody wants it any more. */
function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const gone = () => { clearTimeout(timer); reject(new DOMException("aborted", "AbortError")); };
    const timer = setTimeout(() => { signal?.removeEventListener("abort", gone); resolve(); }, seconds * 1000);
    if (signal?.aborted) gone();
    else signal?.addEventListener("abort", gone, { once: true });
  });
}

async function reached(path, request) {
  try {
    return await fetch(new URL(path, document.baseURI), request);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    if (error instanceof TypeError && /ISO-8859-1|invalid/i.test(error.message) && request.headers.Authorization) {
      setKey("");
      throw new Fault("The key has letters that no key has. Ask again, and type it anew.");
    }
    throw new Fault("The server cannot be reached. Is burnish serve still running?");
  }
}

const WORDS = {
  401: "The server wants a key.",
  403: "The server does not allow this.",
  404: "The server does not know this.",
  413: "This is more than the server takes at once. Begin a new chat, or write less.",
  429: "The server is busy: too many requests are waiting.",
  500: "The server failed. Its log says more.",
  502: "The model behind the server failed.",
  503: "The server cannot answer now.",
};
const CODES = {
  context_length_exceeded: "The conversation is too long for this version. Begin a new chat.",
  draining: "The server was told to stop: it ends the answers it has begun.",
  cut_off: "The server stopped before this answer was whole.",
  too_many_bytes: "The server is busy: too many large requests at once.",
  model_not_found: "This version is not here any more. Choose another in the settings.",
};

async function refusal(response) {
  const told = await response.json().then((value) => value.error ?? {}, () => ({}));
  const again = Number(response.headers.get("Retry-After"));
  const words = CODES[told.code] ?? WORDS[response.status] ?? (response.status >= 500 ? WORDS[500] : "The server refused this.");
  const wait = again > 0 ? ` Try again in ${again} ${again === 1 ? "second" : "seconds"}.` : "";
  return new Fault(words + wait, { detail: String(told.message ?? ""), status: response.status, code: String(told.code ?? "") });
}

/** Yield the events of a stream, each as its JSON. Raises a Fault where the server says one, or where the stream breaks off. */
export async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = "";
  let whole = false;
  try {
    for (;;) {
      const { done, value } = await piece(reader);
      if (done) throw new Fault("The answer broke off: the server went away.");
      const lines = (waiting + value).split("\n");
      waiting = lines.pop();
      for (const line of lines) {
        const data = line.startsWith("data:") ? line.slice(5).trim() : "";
        whole ||= data === "[DONE]";
        if (whole) return;
        if (data) yield eventOf(data);
      }
    }
  } finally {
    // A whole answer is read to the end of its connection: to hang up would look to the server as if nobody had heard it.
    (whole ? drained(reader) : reader.cancel()).catch(() => {});
  }
}

async function drained(reader) {
  while (!(await reader.read()).done);
}

async function piece(reader) {
  try {
    return await reader.read();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Fault("The answer broke off: the connection was lost.");
  }
}

function eventOf(data) {
  const event = JSON.parse(data);
  if (event.error) throw new Fault("The server failed while it answered.", { detail: String(event.error.message ?? ""), code: String(event.error.code ?? "") });
  return event;
}
