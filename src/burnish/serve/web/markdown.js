// Markdown of an answer into nodes, block by block. What stood before a new word came stays as it is, so that a long answer is cheap.

import { copy, make } from "./dom.js";
import { inline } from "./inline.js";

const FENCE = /^ {0,3}(`{3,}|~{3,}) *([^`]*)$/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*)$/;
const RULE = /^ {0,3}(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])( +|$)/;
const DASHES = /^:?-+:?$/;
const DEEPEST = 8; // quotes and lists within each other; more are shown as plain words

/** Show a text in `parent`, keeping the nodes of blocks that are as they were. */
export function show(parent, text) {
  const blocks = split(linesOf(text));
  const old = parent.blocks ?? [];
  parent.blocks = blocks.map((block, i) => {
    const key = `${block.kind}\n${block.lines.join("\n")}`;
    if (old[i]?.key === key) return old[i];
    const node = nodeOf(block, 0);
    if (old[i]) old[i].node.replaceWith(node);
    else parent.append(node);
    return { key, node };
  });
  old.slice(blocks.length).forEach((block) => block.node.remove());
}

/** Return a text's lines; tabs are four spaces, but in code they are what they are. */
function linesOf(text) {
  let fence = "";
  return text.replace(/\r\n?/g, "\n").split("\n").map((line) => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1] ?? "";
    if (!fence) fence = mark;
    else if (mark.length >= fence.length && mark[0] === fence[0] && line.trim() === mark) fence = "";
    return fence && line.trim() !== fence ? line : line.replaceAll("\t", "    ");
  });
}

/** Return lines as nodes of no parent yet. */
function nested(lines, depth) {
  if (depth >= DEEPEST) return [make("p", {}, lines.join("\n"))];
  return split(lines).map((block) => nodeOf(block, depth));
}

/** Return blocks {kind, lines, ...}; no line is looked at more often than a few times on each level. */
function split(lines) {
  const blocks = [];
  let i = 0;
  while (i < lines.length) {
    if (!lines[i].trim()) { i += 1; continue; }
    const [kind, end, extra] = begun(lines, i);
    blocks.push({ kind, lines: lines.slice(i, end), ...extra });
    i = end;
  }
  return blocks;
}

function begun(lines, i) {
  const line = lines[i];
  const fence = FENCE.exec(line);
  if (fence) return ["code", fenceEnd(lines, i, fence[1]), { language: fence[2].trim().split(" ")[0] }];
  if (HEADING.test(line)) return ["heading", i + 1];
  if (RULE.test(line)) return ["rule", i + 1];
  if (QUOTE.test(line)) return ["quote", runEnd(lines, i, (one) => QUOTE.test(one))];
  if (isTable(lines, i)) return ["table", runEnd(lines, i + 2, (one) => one.includes("|") && one.trim())];
  if (ITEM.test(line)) return ["list", listEnd(lines, i)];
  return ["paragraph", paragraphEnd(lines, i)];
}

const runEnd = (lines, i, goes) => { while (i < lines.length && goes(lines[i])) i += 1; return i; };

function fenceEnd(lines, i, mark) {
  for (let k = i + 1; k < lines.length; k++) {
    const line = lines[k].trim();
    if (line.length >= mark.length && line === mark[0].repeat(line.length)) return k + 1;
  }
  return lines.length; // not closed yet
}

const isTable = (lines, i) =>
  lines[i].includes("|") && i + 1 < lines.length && lines[i + 1].includes("-") &&
  cells(lines[i + 1]).every((cell) => DASHES.test(cell)) && cells(lines[i]).length === cells(lines[i + 1]).length;

function paragraphEnd(lines, i) {
  for (let k = i + 1; k < lines.length; k++) {
    const line = lines[k];
    const item = ITEM.exec(line);
    const listed = item && item[3].length > 0 && (!/\d/.test(item[2]) || item[2].slice(0, -1) === "1");
    if (!line.trim() || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || listed || isTable(lines, k)) return k;
  }
  return lines.length;
}

const ordered = (item) => /\d/.test(item[2]);
const indentOf = (line) => line.length - line.trimStart().length;

function listEnd(lines, i) {
  const first = ITEM.exec(lines[i]);
  let k = i + 1;
  for (; k < lines.length; k++) {
    const line = lines[k];
    if (!line.trim()) {
      const next = lines.slice(k, k + 3).find((one) => one.trim());
      if (next === undefined || !(indentOf(next) > first[1].length || sameList(next, first))) return k;
    } else if (indentOf(line) <= first[1].length && !sameList(line, first)) {
      const breaks = !lines[k - 1].trim() || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);
      if (breaks) return k;
    }
  }
  return k;
}

function sameList(line, first) {
  const item = ITEM.exec(line);
  return item !== null && !RULE.test(line) && ordered(item) === ordered(first) && item[1].length <= first[1].length + 1;
}

const MAKERS = { code, heading, rule: () => make("hr"), quote, table, list, paragraph };
const nodeOf = (block, depth) => MAKERS[block.kind](block, depth);

function code({ lines, language }) {
  const mark = FENCE.exec(lines[0])[1];
  const last = lines.at(-1).trim();
  const closed = lines.length > 1 && last.length >= mark.length && last === mark[0].repeat(last.length);
  const text = lines.slice(1, closed ? -1 : undefined).join("\n");
  const button = make("button", { type: "button", class: "quiet", onclick: () => copy(button, text) }, "Copy");
  const head = make("figcaption", {}, make("span", {}, language || "code"), button);
  const shown = make("pre", { tabindex: "0", "aria-label": language ? `Code, ${language}` : "Code", role: "group" }, make("code", {}, text));
  return make("figure", { class: "code" }, head, shown);
}

function heading({ lines }) {
  const [, marks, words] = HEADING.exec(lines[0]);
  const node = make(`h${Math.min(6, marks.length + 2)}`, { dir: "auto" });
  let end = words.trimEnd().length;
  while (words[end - 1] === "#") end -= 1; // marks that close it are no words
  inline(node, words[end - 1] === " " || end === 0 ? words.slice(0, end).trim() : words.trim());
  return node;
}

function paragraph({ lines }) {
  const node = make("p", { dir: "auto" });
  inline(node, lines.map((line) => line.trimStart()).join("\n").trimEnd());
  return node;
}

function quote({ lines }, depth) {
  return make("blockquote", {}, ...nested(lines.map((line) => line.replace(QUOTE, "")), depth + 1));
}

function list({ lines }, depth) {
  const first = ITEM.exec(lines[0]);
  const items = [];
  for (const line of lines) {
    const item = sameList(line, first) ? ITEM.exec(line) : null;
    if (item) items.push({ width: item[1].length + item[2].length + Math.min(item[3].length || 1, 4), lines: [line.slice(item[0].length)] });
    else items.at(-1).lines.push(line.slice(Math.min(indentOf(line), items.at(-1).width)));
  }
  const loose = items.some((item, n) => {
    const last = n < items.length - 1 ? item.lines.length : item.lines.findLastIndex((line) => line.trim());
    return item.lines.slice(0, Math.max(0, last)).some((line) => !line.trim());
  });
  const number = ordered(first) ? parseInt(first[2], 10) : 1;
  const made = items.map((item) => make("li", { dir: "auto" }, ...tight(nested(item.lines, depth + 1), loose)));
  return make(ordered(first) ? "ol" : "ul", { start: number === 1 ? null : number }, ...made);
}

/** Return an item's nodes; where items stand close together their words are no paragraphs. */
function tight(nodes, loose) {
  return loose ? nodes : nodes.flatMap((node) => (node.tagName === "P" ? [...node.childNodes] : [node]));
}

/** Return a row's cells: bars in code and after a backslash divide nothing. */
function cells(line) {
  const found = [""];
  let ticks = false;
  const row = line.trim().replace(/^\|/, "");
  for (let i = 0; i < row.length; i++) {
    if (row[i] === "\\" && row[i + 1] === "|") { found[found.length - 1] += "|"; i += 1; continue; }
    if (row[i] === "`") ticks = !ticks;
    if (row[i] === "|" && !ticks) found.push("");
    else found[found.length - 1] += row[i];
  }
  if (!found.at(-1).trim() && found.length > 1) found.pop();
  return found.map((cell) => cell.trim());
}

function table({ lines }) {
  const sides = cells(lines[1]).map((cell) => (cell.endsWith(":") ? (cell.startsWith(":") ? "middle" : "end") : ""));
  const row = (line, tag) => {
    const words = cells(line);
    return make("tr", {}, ...sides.map((side, i) => {
      const cell = make(tag, { class: side || null, dir: "auto", scope: tag === "th" ? "col" : null });
      inline(cell, words[i] ?? "");
      return cell;
    }));
  };
  const body = lines.slice(2).map((line) => row(line, "td"));
  const made = make("table", {}, make("thead", {}, row(lines[0], "th")), make("tbody", {}, ...body));
  return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table" }, made);
}
