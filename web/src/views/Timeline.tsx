/** What was said: a stretch of it, which grows where one scrolls and is let go where one does not. */
import type { RefObject, VNode } from "preact";
import { memo } from "preact/compat";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Conversation, Message } from "../api/types.ts";
import { dayOf } from "../i18n/dates.ts";
import { t } from "../i18n/index.ts";
import { Icon } from "../parts/Icon.tsx";
import { placeOf } from "../state/drafts.ts";
import { excerptOf } from "../state/excerpts.ts";
import { senderName } from "../state/names.ts";
import { wordsFor } from "../state/notices.ts";
import { go } from "../state/route.ts";
import { link } from "../state/session.ts";
import type { Chat } from "../sync/chat.ts";
import { whenIdle } from "../sync/idle.ts";
import type { Entry } from "../sync/outbox.ts";
import { withPending } from "../sync/overlay.ts";
import { isTooLong } from "../sync/timeline.ts";
import { MessageRow } from "./MessageRow.tsx";
import { PendingRow } from "./PendingRow.tsx";
import { type Chunk, chunksOf, type Row, rowsOf } from "./rows.ts";
import { Keeper } from "./scrolling.ts";
import { useDrawn } from "./useDrawn.ts";

const READ_AFTER_MS = 400; // Who only scrolls past has not read.

interface Props {
  chat: Chat;
  conversation: Conversation;
  /** The message to show, where a link leads to one. */
  seq: number | null;
  editing: number | null;
  onEdit: (id: number | null) => void;
  onReply: (message: Message) => void;
}

export function Timeline(props: Props): VNode {
  const { chat, conversation, seq } = props;
  const { id } = conversation;
  const scroller = useRef<HTMLDivElement>(null);
  const [readSeq] = useState(
    conversation.read_seq < conversation.last_seq ? conversation.read_seq : null,
  );
  const held = chat.timeline(id).value;
  const entries = chat.entries.value;
  const waiting = useMemo(() => waitingIn(entries, id), [entries, id]);
  const { changes } = waiting;
  const { timeline, sends } = useDrawn(
    useMemo(() => ({ timeline: held, sends: waiting.sends }), [held, waiting]),
  );
  const items = timeline.items;
  const error = useOpening(chat, id, seq);
  const chunks = useChunks(items, readSeq);
  const keeper = useKeeper(scroller, props, items, sends.length, readSeq);
  const today = new Date().toDateString(); // "Today" is yesterday after midnight.

  return (
    <div class="timeline-frame">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="timeline" ref={scroller} tabIndex={0} aria-label={t("messages")}>
        <div class="timeline-top">
          {timeline.atStart && <Beginning conversation={conversation} />}
          {items.length > 0 && !timeline.atStart && <p class="loading">{t("loading")}</p>}
          {error !== null && items.length === 0 && <p class="empty">{error}</p>}
        </div>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows move between the rows, which have the focus */}
        <div class="rows" onKeyDown={moveBetweenRows}>
          {chunks.map(({ key, rows }) => (
            <ChunkView
              key={key}
              rows={rows}
              today={today}
              changes={changes}
              target={seq}
              editing={props.editing}
              chat={chat}
              kind={conversation.kind}
              onEdit={props.onEdit}
              onReply={props.onReply}
            />
          ))}
          {timeline.atEnd && sends.length > 0 && (
            <ol>
              {sends.map((entry, n) => (
                <PendingRow
                  key={entry.id}
                  chat={chat}
                  entry={entry}
                  place={placeOf(id)}
                  before={sends[n - 1] ?? items.at(-1)}
                />
              ))}
            </ol>
          )}
        </div>
      </section>
      <Jump chat={chat} conversation={conversation} keeper={keeper} isAtEnd={timeline.atEnd} />
      <Spoken chat={chat} id={id} />
    </div>
  );
}

interface Waiting {
  sends: readonly Entry[];
  /** By the message that they change. */
  changes: ReadonlyMap<number, readonly Entry[]>;
}

function waitingIn(entries: readonly Entry[], id: string): Waiting {
  const own = entries.filter((entry) => entry.conversationId === id);
  let changes = NO_CHANGES;
  for (const entry of own) {
    if (!("message_id" in entry.command.data)) continue;
    const subject = entry.command.data.message_id;
    changes = new Map(changes).set(subject, [...(changes.get(subject) ?? []), entry]);
  }
  return { sends: own.filter((entry) => entry.command.type === "send_message"), changes };
}

/** One and the same, so that sending a message draws none of the others. */
const NO_CHANGES: Waiting["changes"] = new Map();

/** The chunks of what is held; those in which nothing has changed are the ones of before. */
function useChunks(items: readonly Message[], readSeq: number | null): readonly Chunk[] {
  const before = useRef<readonly Chunk[]>([]);
  return useMemo(() => {
    const drawn = before.current.flatMap((chunk) => chunk.rows);
    before.current = chunksOf(rowsOf(items, readSeq, drawn), before.current);
    return before.current;
  }, [items, readSeq]);
}

interface ChunkProps {
  rows: readonly Row[];
  today: string;
  changes: Waiting["changes"];
  target: number | null;
  editing: number | null;
  chat: Chat;
  /** Not the conversation itself: it changes with each message, and every row with it. */
  kind: Conversation["kind"];
  onEdit: (id: number | null) => void;
  onReply: (message: Message) => void;
}

const ChunkView = memo(function ChunkView(props: ChunkProps): VNode {
  const { rows, changes, target, editing, ...same } = props;
  return (
    <ol class="chunk">
      {rows.map((row) => (
        <RowView
          key={row.message.id}
          row={row}
          pending={changes.get(row.message.id)}
          isTarget={row.message.seq === target}
          isEditing={row.message.id === editing}
          {...same}
        />
      ))}
    </ol>
  );
});

interface RowProps extends Omit<ChunkProps, "rows" | "changes" | "target" | "editing"> {
  row: Row;
  pending: readonly Entry[] | undefined;
  isTarget: boolean;
  isEditing: boolean;
}

const RowView = memo(function RowView(props: RowProps): VNode {
  const { row, pending } = props;
  const message = pending === undefined ? row.message : withPending(row.message, pending);
  return (
    <>
      {row.startsDay && (
        <li class="day" key="day">
          <span>{dayOf(row.message.created_at)}</span>
        </li>
      )}
      {row.startsNew && (
        <li class="new" key="new">
          <span>{t("timeline.new")}</span>
        </li>
      )}
      <MessageRow
        chat={props.chat}
        kind={props.kind}
        message={message}
        parent={row.parent}
        isContinued={row.isContinued}
        isTarget={props.isTarget}
        isEditing={props.isEditing}
        onEdit={props.onEdit}
        onReply={props.onReply}
      />
    </>
  );
});

function Beginning({ conversation }: { conversation: Conversation }): VNode {
  return (
    <p class="beginning">
      {conversation.kind === "direct" ? t("timeline.start_direct") : t("timeline.start")}
    </p>
  );
}

/** Reads the page that is to be seen, once there is a connection and until it is there. */
function useOpening(chat: Chat, id: string, seq: number | null): string | null {
  const [error, setError] = useState<string | null>(null);
  const isOpen = link.value.state === "open";
  useEffect(() => {
    const held = chat.timeline(id).peek();
    const isHeld = seq === null ? held.atEnd : held.items.some((message) => message.seq === seq);
    if (!isOpen || isHeld) return;
    const opening = seq === null ? chat.openAtEnd(id) : chat.openAround(id, seq);
    opening.then(() => setError(null)).catch((refusal: unknown) => setError(wordsFor(refusal)));
  }, [chat, id, seq, isOpen]);
  return error;
}

function useKeeper(
  scroller: RefObject<HTMLDivElement | null>,
  props: Props,
  items: readonly Message[],
  sends: number,
  readSeq: number | null,
): RefObject<Keeper | null> {
  const { chat, conversation, seq } = props;
  const { id } = conversation;
  const keeper = useRef<Keeper | null>(null);
  const shownFor = useRef<number | string | null>(null);
  const sendsBefore = useRef(sends);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    keeper.current = new Keeper(element);
    const kept = keeper.current;
    const timer = { read: 0 };
    const look = () => {
      fill(chat, id, kept);
      letGo(chat, id, kept);
      clearTimeout(timer.read);
      timer.read = window.setTimeout(() => read(chat, id, kept), READ_AFTER_MS);
    };
    const scrolled = () => {
      kept.remember();
      look();
    };
    const endWatch = chat.watch(id, () => {
      return kept.isAtBottom && chat.timeline(id).peek().atEnd && document.hasFocus();
    });
    const sizes = new ResizeObserver(() => {
      kept.restore(chat.timeline(id).peek().atEnd);
      look();
    });
    element.addEventListener("scroll", scrolled, { passive: true });
    addEventListener("focus", look);
    sizes.observe(element);
    for (const child of element.children) sizes.observe(child);
    return () => {
      element.removeEventListener("scroll", scrolled);
      removeEventListener("focus", look);
      sizes.disconnect();
      endWatch();
      clearTimeout(timer.read);
    };
  }, [chat, id, scroller]);

  useLayoutEffect(() => {
    const kept = keeper.current;
    if (kept === null || items.length === 0) return;
    const wanted = seq ?? "end";
    if (shownFor.current !== wanted) {
      if (arrive(kept, seq, readSeq)) shownFor.current = wanted;
    } else {
      if (sends > sendsBefore.current) showSent(chat, id, kept);
      kept.restore(chat.timeline(id).peek().atEnd);
    }
    sendsBefore.current = sends;
    fill(chat, id, kept);
  }, [chat, id, items, sends, seq, readSeq]);
  return keeper;
}

/** Show where one came to: the message of a link, the first unread one, or the end. */
function arrive(keeper: Keeper, seq: number | null, readSeq: number | null): boolean {
  const first = seq ?? (readSeq === null ? null : readSeq + 1);
  if (first === null || !keeper.toRow(first)) keeper.toBottom();
  keeper.remember();
  return seq === null || keeper.row(seq) !== null;
}

/** Who sends wants to see it; without a line, when it is back. */
function showSent(chat: Chat, id: string, keeper: Keeper): void {
  keeper.goToEnd();
  if (!chat.timeline(id).peek().atEnd) chat.openAtEnd(id).catch(() => {});
}

/** Load what one is about to scroll to. */
function fill(chat: Chat, id: string, keeper: Keeper): void {
  const { atStart, atEnd, items } = chat.timeline(id).peek();
  if (items.length === 0) return;
  if (keeper.isNearTop && !atStart) chat.loadOlder(id).catch(() => {});
  else if (keeper.isNearBottom && !atEnd) chat.loadNewer(id).catch(() => {});
}

/** Take away what has piled up far above, when nobody waits for a message: that costs more than one. */
function letGo(chat: Chat, id: string, keeper: Keeper): void {
  if (!isTooLong(chat.timeline(id).peek())) return;
  whenIdle(() => keeper.isAtBottom && chat.trim(id));
}

function read(chat: Chat, id: string, keeper: Keeper): void {
  if (!document.hasFocus()) return;
  const { atEnd, items } = chat.timeline(id).peek();
  const seen = keeper.isAtBottom && atEnd ? (items.at(-1)?.seq ?? 0) : keeper.lastSeen();
  if (seen > 0) chat.markRead(id, seen);
}

function moveBetweenRows(event: KeyboardEvent): void {
  const row = (event.target as HTMLElement).closest<HTMLElement>("li.message");
  if (row === null || event.target !== row) return;
  const rows = [
    ...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("li.message"),
  ];
  const at = rows.indexOf(row);
  const steps: Record<string, number> = {
    ArrowUp: at - 1,
    ArrowDown: at + 1,
    Home: 0,
    End: rows.length - 1,
  };
  const next = steps[event.key];
  if (next === undefined || event.altKey) return;
  event.preventDefault();
  rows[next]?.focus();
}

/** The way back to what is new, for who has scrolled away. */
function Jump(props: {
  chat: Chat;
  conversation: Conversation;
  keeper: RefObject<Keeper | null>;
  isAtEnd: boolean;
}): VNode | null {
  const { chat, conversation, keeper, isAtEnd } = props;
  const unread = conversation.last_seq - conversation.read_seq;
  const isAway = !isAtEnd || (unread > 0 && keeper.current?.isAtBottom === false);
  if (!isAway) return null;
  return (
    <button
      type="button"
      class="button jump-down"
      onClick={() => {
        go(`/c/${conversation.id}`);
        const opened = isAtEnd ? Promise.resolve() : chat.openAtEnd(conversation.id);
        opened.then(() => requestAnimationFrame(() => keeper.current?.toBottom())).catch(() => {});
      }}
    >
      <Icon name="down" size={16} />
      {unread > 0 ? t("timeline.jump_new") : t("timeline.jump")}
    </button>
  );
}

/** Says to screen readers what comes in, and only that: what is loaded by scrolling is no news. */
function Spoken({ chat, id }: { chat: Chat; id: string }): VNode {
  const news = chat.news.value;
  const message = news?.type === "message" && news.data.conversation_id === id ? news.data : null;
  const isMine = message?.sender.id === chat.me.value.id;
  return (
    <p class="hidden" aria-live="polite">
      {message !== null && !isMine && `${senderName(chat, message.sender)}: ${excerptOf(message)}`}
    </p>
  );
}
