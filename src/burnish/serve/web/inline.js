// Words of one paragraph into nodes: code, links, emphasis. One pass over the letters, one over the marks; no input makes it slow.

import { make } from "./dom.js";
import { addressOf, bareAddress, linkTo, otherHost } from "./links.js";

const PUNCTUATION = /[\p{P}\p{S}]/u;
const DEEPEST = 24; // marks within marks; more are read and not shown
const LONGEST = 4096; // letters of an address in brackets

/** Append the nodes of `text` to `parent`. */
export function inline(parent, text) {
  build(parent, matched(scan(text)));
}

// An item is {text}, {node}, {mark, count, ...} (asterisks, underscores, tildes), {bracket} or, once a link is known, {open} and {close}.
function scan(text) {
  const items = [];
  const brackets = [];
  const ticks = tickRuns(text);
  const marks = new Set();
  let plain = "";
  let i = 0;
  const push = (item) => {
    if (plain) items.push({ text: plain });
    plain = "";
    if (item) items.push(item);
  };
  while (i < text.length) {
    const letter = text[i];
    if (letter === "\\" && i + 1 < text.length && /[!-/:-@[-`{-~]/.test(text[i + 1])) { plain += text[i + 1]; i += 2; continue; }
    if (letter === "\n") { plain = plain.trimEnd(); push({ node: make("br") }); i += 1; continue; }
    if (letter === "`") {
      const run = ticks.lengthAt(i);
      const end = ticks.closing(i, run);
      if (end < 0) { plain += text.slice(i, i + run); i += run; continue; }
      push({ node: codeOf(text.slice(i + run, end)) });
      i = end + run;
      continue;
    }
    if (letter === "<") {
      const found = /<([^\s<>]+)>/y;
      found.lastIndex = i;
      const address = addressOf(found.exec(text)?.[1] ?? "");
      if (address) { push({ node: whole(address), address: true }); i += address.length + 2; continue; }
    }
    if (letter === "[" || (letter === "!" && text[i + 1] === "[")) {
      const image = letter === "!";
      push({ bracket: true, image, at: i + (image ? 2 : 1) });
      brackets.push(items.length - 1);
      i += image ? 2 : 1;
      continue;
    }
    if (letter === "]" && brackets.length) {
      const opener = brackets.pop();
      const target = text[i + 1] === "(" ? destination(text, i + 2) : null;
      if (target) {
        push();
        const words = text.slice(items[opener].at, i);
        const item = items[opener];
        item.open = linkTo(target.address);
        if (item.image) item.open.prepend("picture: ");
        items.push({ close: item, note: item.image ? "" : otherHost(words, target.address) });
        brackets.length = 0; // a link holds no link
        i = target.end;
        continue;
      }
    }
    if ((letter === "h" || letter === "H" || letter === "m" || letter === "M") && !/[\p{L}\p{N}]$/u.test(plain.slice(-2))) {
      const address = bareAddress(text, i, marks);
      if (address) { push({ node: whole(address), address: true }); i += address.length; continue; }
    }
    if (letter === "*" || letter === "_" || letter === "~") {
      let end = i;
      while (text[end] === letter) end += 1;
      push(markOf(text, i, end, letter));
      marks.add(letter);
      i = end;
      continue;
    }
    plain += letter;
    i += 1;
  }
  push();
  return items;
}

function whole(address) {
  const link = linkTo(address);
  link.append(address);
  return link;
}

function codeOf(text) {
  const words = text.replace(/\n/g, " ");
  const padded = words.startsWith(" ") && words.endsWith(" ") && words.trim();
  return make("code", {}, padded ? words.slice(1, -1) : words);
}

/** Return where runs of backticks begin, by length, so that each closing run is found without a second look at the text. */
function tickRuns(text) {
  const lengths = new Map();
  const places = new Map();
  for (const found of text.matchAll(/`+/g)) {
    lengths.set(found.index, found[0].length);
    if (!places.has(found[0].length)) places.set(found[0].length, []);
    places.get(found[0].length).push(found.index);
  }
  const seen = new Map();
  return {
    lengthAt: (at) => lengths.get(at) ?? 1,
    closing(at, length) {
      const list = places.get(length) ?? [];
      let next = seen.get(length) ?? 0;
      while (next < list.length && list[next] <= at) next += 1;
      seen.set(length, next);
      return next < list.length ? list[next] : -1;
    },
  };
}

/** Read `address "title")` from `start`; return {address, end} or null. Brackets in an address are its own where they close. */
function destination(text, start) {
  let i = start;
  while (text[i] === " " || text[i] === "\n") i += 1;
  let address = "";
  if (text[i] === "<") {
    const end = text.slice(i, i + LONGEST).search(/[>\n]/) + i;
    if (end <= i || text[end] !== ">") return null;
    address = text.slice(i + 1, end);
    i = end + 1;
  } else {
    const begin = i;
    let depth = 0;
    for (; i < text.length && i - begin < LONGEST && !/[\s<]/.test(text[i]); i++) {
      if (text[i] === "(") depth += 1;
      else if (text[i] === ")") { if (!depth) break; depth -= 1; }
      if (depth > 32) return null;
    }
    address = text.slice(begin, i);
  }
  const rest = /\s{0,9}(?:"[^"\n]{0,500}"|'[^'\n]{0,500}')?\s{0,9}\)/y;
  rest.lastIndex = i;
  const found = rest.exec(text);
  const safe = found && addressOf(address);
  return safe ? { address: safe, end: i + found[0].length } : null;
}

/** Return a run of marks with what it may do here (CommonMark 0.31, 6.2: left- and right-flanking). */
function markOf(text, start, end, mark) {
  const before = start ? text[start - 1] : " ";
  const after = end < text.length ? text[end] : " ";
  const blank = (letter) => /\s/.test(letter);
  const left = !blank(after) && (!PUNCTUATION.test(after) || blank(before) || PUNCTUATION.test(before));
  const right = !blank(before) && (!PUNCTUATION.test(before) || blank(after) || PUNCTUATION.test(after));
  const inWord = mark === "_";
  return {
    mark,
    count: end - start,
    length: end - start,
    opens: left && (!inWord || !right || PUNCTUATION.test(before)) && (mark !== "~" || end - start === 2),
    closes: right && (!inWord || !left || PUNCTUATION.test(after)) && (mark !== "~" || end - start === 2),
    begun: [],
    ended: [],
  };
}

/** Pair marks, those inside a link among themselves. */
function matched(items) {
  const stack = Object.assign([], { misses: new Map() });
  const floors = [];
  for (const item of items) {
    if (item.open) floors.push(stack.length);
    else if (item.close) cut(stack, floors.pop() ?? 0);
    else if (item.mark) pair(item, stack, floors.at(-1) ?? 0);
  }
  return items;
}

/** Shorten the stack; what is known to hold no opener ends with it. */
function cut(stack, length) {
  stack.length = length;
  for (const [name, value] of stack.misses) if (value > length) stack.misses.set(name, length);
}

function pair(item, stack, floor) {
  const misses = stack.misses; // by kind of closer: below which place no opener fits it
  while (item.closes && item.count) {
    const key = `${item.mark}${item.opens}${item.length % 3}`;
    const bottom = Math.max(floor, misses.get(key) ?? 0);
    let k = stack.length - 1;
    while (k >= bottom && !fits(stack[k], item)) k -= 1;
    if (k < bottom) { misses.set(key, stack.length); break; }
    const opener = stack[k];
    const used = opener.count > 1 && item.count > 1 ? 2 : 1;
    const tag = item.mark === "~" ? "del" : used === 2 ? "strong" : "em";
    opener.count -= used;
    item.count -= used;
    opener.begun.unshift(tag);
    item.ended.push(tag);
    cut(stack, opener.count ? k + 1 : k);
  }
  if (item.opens && item.count) stack.push(item);
}

const fits = (opener, closer) =>
  opener.mark === closer.mark &&
  opener.count > 0 &&
  (!(opener.closes || closer.opens) || (opener.length + closer.length) % 3 !== 0 || (opener.length % 3 === 0 && closer.length % 3 === 0));

function build(parent, items) {
  const path = [parent];
  const top = () => path[path.length - 1];
  const open = (element) => {
    if (path.length < DEEPEST) top().append(element);
    path.push(path.length < DEEPEST ? element : top());
  };
  for (const item of items) {
    if (item.text) top().append(item.text);
    else if (item.node) top().append(inLink(path) && item.address ? item.node.textContent : item.node);
    else if (item.open) open(item.open);
    else if (item.close) {
      path.pop();
      if (item.note) top().append(make("span", { class: "host" }, ` (${item.note})`));
    } else if (item.bracket) top().append(item.image ? "![" : "[");
    else if (item.mark) {
      item.ended.forEach(() => path.pop());
      if (item.count) top().append(item.mark.repeat(item.count));
      item.begun.forEach((tag) => open(make(tag)));
    }
  }
}

const inLink = (path) => path.some((element) => element.tagName === "A");
