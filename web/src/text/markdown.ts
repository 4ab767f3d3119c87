/**
 * Reads the Markdown that people write in a chat into a tree: values in, values out. There is no HTML
 * in it and none comes out; whoever shows the tree makes elements and text of it, nothing else.
 */

export type Inline =
  | { kind: "text"; text: string }
  | { kind: "code"; text: string }
  | { kind: "strong" | "em" | "del"; children: Inline[] }
  | { kind: "link"; href: string; children: Inline[] }
  | { kind: "mention"; name: string }
  | { kind: "break" };

export type Block =
  | { kind: "paragraph"; children: Inline[] }
  | { kind: "heading"; children: Inline[] }
  | { kind: "code"; language: string; text: string }
  | { kind: "quote"; children: Block[] }
  | { kind: "list"; start: number | null; items: Inline[][] };

const MAX_DEPTH = 8; // Nobody nests deeper, and a text of 4,000 asterisks must not exhaust the stack.

const FENCE = /^ {0,3}(```+|~~~+)\s*([\w+#.-]*)\s*$/;
const HEADING = /^#{1,6}\s+(.*?)\s*#*$/;
const QUOTE = /^ {0,3}>\s?(.*)$/;
const ITEM = /^ {0,3}(?:[-*+]|(\d{1,9})[.)])\s+(.*)$/;

export function parse(source: string, depth = 0): Block[] {
  const lines = source.replace(/\r\n?/g, "\n").split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const [block, next] = blockAt(lines, at, depth);
    if (block !== null) blocks.push(block);
    at = next;
  }
  return blocks;
}

function blockAt(lines: readonly string[], at: number, depth: number): [Block | null, number] {
  const line = lines[at] ?? "";
  if (line.trim() === "") return [null, at + 1];
  const fence = FENCE.exec(line);
  if (fence !== null) return codeAt(lines, at, fence[1] ?? "```", fence[2] ?? "");
  const heading = HEADING.exec(line);
  if (heading !== null) {
    return [{ kind: "heading", children: inlines(heading[1] ?? "") }, at + 1];
  }
  if (QUOTE.test(line) && depth < MAX_DEPTH) return quoteAt(lines, at, depth);
  if (ITEM.test(line)) return listAt(lines, at);
  return paragraphAt(lines, at);
}

function codeAt(
  lines: readonly string[],
  at: number,
  fence: string,
  language: string,
): [Block, number] {
  const held: string[] = [];
  let next = at + 1;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? "";
    if (line.trimStart().startsWith(fence) && line.trim().replaceAll(fence[0] ?? "`", "") === "") {
      next += 1;
      break;
    }
    held.push(line);
  }
  return [{ kind: "code", language, text: held.join("\n") }, next];
}

function quoteAt(lines: readonly string[], at: number, depth: number): [Block, number] {
  const held: string[] = [];
  let next = at;
  for (; next < lines.length; next += 1) {
    const found = QUOTE.exec(lines[next] ?? "");
    if (found === null) break;
    held.push(found[1] ?? "");
  }
  return [{ kind: "quote", children: parse(held.join("\n"), depth + 1) }, next];
}

function listAt(lines: readonly string[], at: number): [Block, number] {
  const first = ITEM.exec(lines[at] ?? "")?.[1];
  const items: string[] = [];
  let next = at;
  for (; next < lines.length; next += 1) {
    const line = lines[next] ?? "";
    const found = ITEM.exec(line);
    if (found !== null && (found[1] === undefined) === (first === undefined)) {
      items.push(found[2] ?? "");
    } else if (/^\s{2,}\S/.test(line) && items.length > 0) {
      items[items.length - 1] += `\n${line.trim()}`;
    } else break;
  }
  const start = first === undefined ? null : Number(first);
  return [{ kind: "list", start, items: items.map((item) => inlines(item)) }, next];
}

function startsAnother(line: string): boolean {
  return (
    line.trim() === "" ||
    FENCE.test(line) ||
    QUOTE.test(line) ||
    HEADING.test(line) ||
    ITEM.test(line)
  );
}

function paragraphAt(lines: readonly string[], at: number): [Block, number] {
  let next = at + 1;
  while (next < lines.length && !startsAnother(lines[next] ?? "")) next += 1;
  return [{ kind: "paragraph", children: inlines(lines.slice(at, next).join("\n")) }, next];
}

// --- within a line --------------------------------------------------------------------------------

// Tried in this order at each place; each is anchored there (sticky), so a text is walked once.
const ESCAPED = /\\([\\`*_~[\]()>#+\-.!@])/y;
const CODE = /(`+)(?!`)([\s\S]*?[^`])\1(?!`)/y;
const LINK = /\[([^\]\n]{1,500})\]\((\S{1,2000}?)\)/y;
const ADDRESS = /https?:\/\/[^\s<>"'`]{1,2000}/y;
const MENTION = /@([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,30}[A-Za-z0-9_-])?)/y;
const SPANS: readonly { kind: "strong" | "em" | "del"; mark: RegExp }[] = [
  { kind: "strong", mark: /\*\*(?=\S)([\s\S]{0,4000}?\S)\*\*/y },
  { kind: "strong", mark: /__(?=\S)([\s\S]{0,4000}?\S)__(?![A-Za-z0-9])/y },
  { kind: "em", mark: /\*(?=[^\s*])([^*]{0,4000}?[^\s*])\*(?!\*)/y },
  { kind: "em", mark: /_(?=[^\s_])([^_]{0,4000}?[^\s_])_(?![A-Za-z0-9])/y },
  { kind: "del", mark: /~~(?=\S)([\s\S]{0,4000}?\S)~~/y },
];
const SPECIAL = /[\\`*_~[h@\n]/g;
const WORD = /[\p{L}\p{N}_]/u;
const MAX_FAILED = 200; // Marks that open and never close are looked for this often, then they are text.

interface Walk {
  readonly text: string;
  at: number;
  failed: number;
  readonly depth: number;
}

export function inlines(text: string, depth = 0): Inline[] {
  const out: Inline[] = [];
  const walk: Walk = { text, at: 0, failed: 0, depth };
  let plain = "";
  while (walk.at < text.length) {
    const found = inlineAt(walk);
    if (found !== null) {
      if (plain !== "") out.push({ kind: "text", text: plain });
      plain = "";
      out.push(found);
      continue;
    }
    SPECIAL.lastIndex = walk.at + 1;
    const next = SPECIAL.exec(text)?.index ?? text.length;
    plain += text.slice(walk.at, next);
    walk.at = next;
  }
  if (plain !== "") out.push({ kind: "text", text: plain });
  return out;
}

function match(pattern: RegExp, walk: Walk): RegExpExecArray | null {
  pattern.lastIndex = walk.at;
  return pattern.exec(walk.text);
}

function inlineAt(walk: Walk): Inline | null {
  const found =
    simpleAt(walk) ?? (walk.depth < MAX_DEPTH && walk.failed < MAX_FAILED ? spanAt(walk) : null);
  if (found === null) walk.failed += 1;
  return found;
}

function simpleAt(walk: Walk): Inline | null {
  const here = walk.text[walk.at];
  switch (here) {
    case "\n":
      walk.at += 1;
      return { kind: "break" };
    case "\\":
      return taken(walk, match(ESCAPED, walk), (m) => ({ kind: "text", text: m[1] ?? "" }));
    case "`":
      return taken(walk, match(CODE, walk), (m) => ({ kind: "code", text: trimmed(m[2] ?? "") }));
    case "h":
      return precededByWord(walk) ? null : addressAt(walk);
    case "@":
      return precededByWord(walk)
        ? null
        : taken(walk, match(MENTION, walk), (m) => ({ kind: "mention", name: m[1] ?? "" }));
    default:
      return null;
  }
}

function spanAt(walk: Walk): Inline | null {
  if (walk.text[walk.at] === "[") return linkAt(walk);
  if (walk.text[walk.at] === "_" && precededByWord(walk)) return null; // snake_case is no emphasis
  for (const { kind, mark } of SPANS) {
    const found = match(mark, walk);
    if (found === null) continue;
    walk.at = mark.lastIndex;
    return { kind, children: inlines(found[1] ?? "", walk.depth + 1) };
  }
  return null;
}

function linkAt(walk: Walk): Inline | null {
  const found = match(LINK, walk);
  const href = found === null ? null : safeHref(found[2] ?? "");
  if (found === null || href === null) return null;
  walk.at = LINK.lastIndex;
  // A link in a link would not be one: what it says is text.
  return { kind: "link", href, children: [{ kind: "text", text: found[1] ?? "" }] };
}

function addressAt(walk: Walk): Inline | null {
  const found = match(ADDRESS, walk)?.[0];
  if (found === undefined) return null;
  const address = withoutTail(found);
  const href = safeHref(address);
  if (href === null) return null;
  walk.at += address.length;
  return { kind: "link", href, children: [{ kind: "text", text: address }] };
}

function taken(
  walk: Walk,
  found: RegExpExecArray | null,
  made: (m: RegExpExecArray) => Inline,
): Inline | null {
  if (found === null) return null;
  walk.at += found[0].length;
  return made(found);
}

function precededByWord(walk: Walk): boolean {
  return walk.at > 0 && WORD.test(walk.text[walk.at - 1] ?? "");
}

function trimmed(code: string): string {
  return /^ .*\S.* $/s.test(code) ? code.slice(1, -1) : code;
}

/** What ends the sentence does not belong to the address, nor a bracket that was opened before it. */
function withoutTail(address: string): string {
  let end = address.replace(/[.,;:!?*_~]+$/, "");
  while (end.endsWith(")") && count(end, ")") > count(end, "(")) end = end.slice(0, -1);
  return end;
}

function count(text: string, what: string): number {
  return text.split(what).length - 1;
}

/** Give the address in full where it leads to a web page or a mailbox, else null. */
export function safeHref(address: string): string | null {
  if (!/^(?:https?:\/\/|mailto:)/i.test(address)) return null;
  try {
    return new URL(address).href;
  } catch {
    return null;
  }
}

/** What it says in one line, without its marks: for an excerpt, or to be read out. */
export function plain(source: string): string {
  return parse(source).map(textOf).join(" ");
}

function textOf(block: Block): string {
  switch (block.kind) {
    case "code":
      return block.text;
    case "quote":
      return block.children.map(textOf).join(" ");
    case "list":
      return block.items.map(wordsOf).join(" ");
    default:
      return wordsOf(block.children);
  }
}

function wordsOf(children: readonly Inline[]): string {
  return children.map(wordOf).join("");
}

function wordOf(inline: Inline): string {
  switch (inline.kind) {
    case "text":
    case "code":
      return inline.text;
    case "break":
      return " ";
    case "mention":
      return `@${inline.name}`;
    default:
      return wordsOf(inline.children);
  }
}
