// Which addresses may be clicked, and how far an address in running text goes.

import { make } from "./dom.js";

const BEGINS = /^(https?:\/\/|mailto:)[^\s<>\u0000-\u001f]+$/i;
const SCHEMES = new Set(["http:", "https:", "mailto:"]);
const CLOSING = { ")": "(", "]": "[", "}": "{" };
const LONGEST = 4096; // letters
const TRAILING = /[.,;:!?'"’”»…]/;
const MARKS = "*_~";

/** Return an address that may be clicked, letter for letter, or null. */
export function addressOf(text) {
  if (!BEGINS.test(text)) return null;
  try {
    return SCHEMES.has(new URL(text).protocol) ? text : null;
  } catch {
    return null;
  }
}

/**
 * Return the address that begins at `start` in running text, or "". Brackets that it opens are its own, a full stop after it is not,
 * and neither is a mark of emphasis where one of the kind stood before (`marks`).
 */
export function bareAddress(text, start, marks) {
  const begin = /(?:https?:\/\/|mailto:)[^\s<>"`\u0000-\u001f]{1,4097}/iy;
  begin.lastIndex = start;
  let found = begin.exec(text)?.[0] ?? "";
  if (found.length > LONGEST) return "";
  const open = {};
  for (let i = 0; i < found.length; i++) {
    const letter = found[i];
    if ("([{".includes(letter)) open[letter] = (open[letter] ?? 0) + 1;
    else if (CLOSING[letter]) {
      if (!open[CLOSING[letter]]) { found = found.slice(0, i); break; }
      open[CLOSING[letter]] -= 1;
    }
  }
  let end = found.length;
  while (end && (TRAILING.test(found[end - 1]) || (MARKS.includes(found[end - 1]) && marks.has(found[end - 1])))) end -= 1;
  found = found.slice(0, end);
  return addressOf(found) ? found : "";
}

/** Return an empty link to an address that `addressOf` let through. */
export const linkTo = (address) => make("a", { href: address, target: "_blank", rel: "noopener noreferrer", title: address });

/** Return where a link really leads, where its words name another host; else "". */
export function otherHost(words, address) {
  const named = /^\s*(?:https?:\/\/)?(?:[^\s/@]*@)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?=[/:?#\s]|$)/i.exec(words)?.[1];
  const host = new URL(address).hostname;
  return named && host && named.toLowerCase() !== host.toLowerCase() ? host : "";
}
