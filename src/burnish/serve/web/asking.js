// One answer, asked for and read to its end.

import { ask, events } from "./api.js";
import { kept } from "./store.js";

/** What the settings say of every request. */
export function settings() {
  return { model: "", temperature: 0, system: "", think: false, ...kept("settings", {}) };
}

/** Return the messages of a request: the system prompt, then the turns. */
export function messagesOf(turns) {
  const { system } = settings();
  const said = turns.map(({ role, content }) => ({ role, content }));
  return system.trim() ? [{ role: "system", content: system }, ...said] : said;
}

/** Ask for an answer; `onPart(words, thought)` is called as it comes. Returns what is known of it. Raises a Fault, and AbortError. */
export async function answer({ model, messages, conversation, signal, onPart, onBegin = () => {} }) {
  const { temperature, think } = settings();
  const body = { model, messages, stream: true, stream_options: { include_usage: true }, temperature };
  if (think) body.chat_template_kwargs = { enable_thinking: true };
  const headers = conversation ? { "X-Conversation-Id": conversation } : {};
  const response = await ask("v1/chat/completions", { body, signal, headers });
  const about = {
    version: response.headers.get("X-Burnish-Version") ?? "",
    arm: response.headers.get("X-Burnish-Arm") ?? "",
    context: contextOf(response.headers.get("X-Context-Tokens")),
    id: "",
    reason: "",
    tokens: 0,
  };
  onBegin(about);
  for await (const event of events(response)) {
    about.id = event.id ?? about.id;
    about.version ||= event.model ?? "";
    about.tokens = event.usage?.completion_tokens ?? about.tokens;
    for (const choice of event.choices ?? []) {
      onPart(choice.delta?.content ?? "", choice.delta?.reasoning_content ?? "");
      about.reason = choice.finish_reason ?? about.reason;
    }
  }
  return about;
}

/** Return {before, after, method} of the header that says how a conversation was shortened, or null. */
export function contextOf(header) {
  const found = /^before=(\d+),\s*after=(\d+),\s*method=([\w-]+)/.exec(header ?? "");
  return found ? { before: Number(found[1]), after: Number(found[2]), method: found[3] } : null;
}
