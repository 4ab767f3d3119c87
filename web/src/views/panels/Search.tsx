/** Search in what was said, here or everywhere. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { Conversation, Message } from "../../api/types.ts";
import { shortMomentOf } from "../../i18n/dates.ts";
import { type Key, plural, t } from "../../i18n/index.ts";
import { Field } from "../../parts/Field.tsx";
import { FormError } from "../../parts/FormError.tsx";
import { useSubmit } from "../../parts/useSubmit.ts";
import { senderName, titleOf } from "../../state/names.ts";
import type { Chat } from "../../sync/chat.ts";

interface Found {
  message: Message;
  snippet: string;
}

const MAX_FOUND = 50;

export function Search({ chat, conversation }: { chat: Chat; conversation: Conversation }): VNode {
  const [query, setQuery] = useState("");
  const [isHere, setHere] = useState(true);
  const [found, setFound] = useState<readonly Found[] | null>(null);
  const form = useSubmit(async () => {
    const question = {
      query,
      limit: MAX_FOUND,
      ...(isHere ? { conversation_id: conversation.id } : {}),
    };
    const { items } = await chat.ask<{ items: Found[] }>("search_messages", question);
    setFound(items);
  });
  return (
    <div class="panel-body">
      <search>
        <form onSubmit={form.submit}>
          <Field
            label={t("search.label")}
            type="search"
            takesFocus
            required
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
          <Operators
            onPick={(operator) => setQuery((held) => `${held}${held === "" ? "" : " "}${operator}`)}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={isHere}
              onChange={(event) => setHere(event.currentTarget.checked)}
            />
            {t("search.here")}
          </label>
          <FormError text={form.error} />
          <button type="submit" class="button button-primary" disabled={form.isBusy}>
            {t("search")}
          </button>
        </form>
      </search>
      <p class="hidden" role="status">
        {found !== null && plural("search.found", found.length)}
      </p>
      {found?.length === 0 && <p class="empty">{t("search.none")}</p>}
      <ul class="results">
        {found?.map((one) => (
          <li key={one.message.id}>
            <FoundView chat={chat} found={one} />
          </li>
        ))}
      </ul>
    </div>
  );
}

const OPERATORS: readonly [string, Key][] = [
  ['"…"', "search.phrase"],
  ["from:", "search.from"],
  ["in:", "search.in"],
  ["before:", "search.before"],
  ["after:", "search.after"],
  ["has:file", "search.has_file"],
  ["has:link", "search.has_link"],
];

/** What one can ask for beside words; a click puts it into the question. */
function Operators({ onPick }: { onPick: (operator: string) => void }): VNode {
  return (
    <details class="operators">
      <summary>{t("search.help")}</summary>
      <dl>
        {OPERATORS.map(([operator, meaning]) => (
          <div key={operator}>
            <dt>
              <button
                type="button"
                class="chip"
                onClick={() => onPick(operator === '"…"' ? '""' : operator)}
              >
                {operator}
              </button>
            </dt>
            <dd>{t(meaning)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function FoundView({ chat, found }: { chat: Chat; found: Found }): VNode {
  const { message, snippet } = found;
  const conversation = chat.conversations.value.get(message.conversation_id);
  return (
    <a class="result found" href={`/c/${message.conversation_id}/${message.seq}`}>
      <span class="result-text">
        <span>
          <strong>{senderName(chat, message.sender)}</strong>{" "}
          <small>
            {conversation && titleOf(conversation)} · {shortMomentOf(message.created_at)}
          </small>
        </span>
        <span class="snippet">{snippet === "" ? message.content : marked(snippet)}</span>
      </span>
    </a>
  );
}

/**
 * Snippets are HTML with one element, <mark>, and the rest escaped: it is read here as what it is, and
 * never handed to the browser as markup.
 */
function marked(snippet: string): (VNode | string)[] {
  return snippet
    .split(/<mark>|<\/mark>/)
    .map((part, n) => (n % 2 === 1 ? <mark key={n}>{unescaped(part)}</mark> : unescaped(part)));
}

const ESCAPED: Record<string, string> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
  "&#39;": "'",
  "&amp;": "&",
};

function unescaped(text: string): string {
  return text.replace(/&(?:lt|gt|quot|#x27|#39|amp);/g, (one) => ESCAPED[one] ?? one);
}
