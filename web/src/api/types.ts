/** The wire's shapes: those of the OpenAPI document, and the socket's frames (docs/protocol.md). */
import type { components } from "./schema.d.ts";

type Schemas = components["schemas"];

export type Conversation = Schemas["Conversation"];
export type User = Schemas["UserCard"];
export type Member = Schemas["Members"]["items"][number];
export type LoggedIn = Schemas["LoggedInBody"];
export type Session = Schemas["SessionBody"];
export type SecondFactor = Schemas["SecondFactorBody"];
export type Enrolment = Schemas["EnrolmentBody"];
export type Report = Schemas["Reports"]["items"][number];
export type Sanction = Schemas["Sanctions"]["items"][number];
export type SanctionKind = Sanction["kind"];
export type HeldFile = Schemas["HeldFiles"]["items"][number];
export type Reputation = Schemas["Reputation"];
export type Draft = Schemas["Drafts"]["items"][number];
export type Edit = Schemas["Edits"]["items"][number];
export type Reactors = Schemas["Reactors"];
export type Scheduled = Schemas["ScheduledList"]["items"][number];
export type FollowedThread = Schemas["Threads"]["items"][number];
export type AllUnread = Schemas["AllUnread"];

/** Who one is, once more: what sensitive changes ask for unless one has just signed in. */
export interface StepUp {
  password: string;
  code?: string;
}

/** Of what of a conversation one is told; null: as it is elsewhere. */
export interface Attention {
  level: "all" | "mentions" | "none" | null;
  muted_until: string | null;
}

/** When one is left in peace, by the clock of a time zone ("22:00"), and whether letters come. */
export interface NoticePreferences {
  quiet_from: string | null;
  quiet_to: string | null;
  time_zone: string;
  email_digest: boolean;
}

export interface Preference {
  key: string;
  value: boolean | string;
  /** Null where nobody has set it. */
  updated_at: string | null;
}

export interface Block {
  user: User;
  blocked_at: string;
}

export interface FileCard {
  id: number;
  name: string;
  media_type: string;
  size: number;
  width?: number | null;
  height?: number | null;
  thumbnail?: boolean;
  status?: "quarantined" | "clean" | "refused";
}

/** A message, with what servers of other versions may leave out. */
export type Message = Schemas["Message"] & { files?: FileCard[] };

export interface Page {
  items: Message[];
  has_more: boolean;
}

export type Presence = "online" | "away" | "busy" | "invisible" | "offline";

export interface Hello {
  user: User;
  session_id: string;
  heartbeat_interval: number;
  server_time: string;
  conversations: Conversation[];
}

/** What `subscribe` answers, by conversation. */
export type Resumed = Record<
  string,
  { last_seq: number; rev: number; missed: number; reset: boolean }
>;

export interface ReactionChange {
  message_id: number;
  conversation_id: string;
  emoji: string;
  count: number;
  user_id: number;
}

export interface ThreadChange {
  message_id: number;
  conversation_id?: string;
  reply_count: number;
  last_reply_at: string | null;
}

interface Numbered {
  rev?: number;
}

/** The events of a socket, by their type; others are passed over. */
export interface Events {
  message: Message;
  message_edited: Message & Numbered;
  message_deleted: Message & Numbered;
  message_pinned: {
    message_id: number;
    conversation_id: string;
    pinned: boolean;
    user_id: number;
  } & Numbered;
  reaction_added: ReactionChange & Numbered;
  reaction_removed: ReactionChange & Numbered;
  thread_updated: ThreadChange & Numbered;
  typing: { conversation_id: string; user_id: number; typing: boolean };
  presence: { user_id: number; status: Presence; last_active_at: string | null };
  read: { conversation_id: string; user_id: number; seq: number };
  member_joined: { conversation_id: string; user: User } & Numbered;
  member_left: { conversation_id: string; user: User } & Numbered;
  conversation_created: Conversation;
  conversation_updated: Partial<Conversation> & { id: string } & Numbered;
  notification: Record<string, unknown>;
  user_updated: User;
  draft: Draft;
  preference: Preference;
  scheduled_message: Scheduled;
  thread_attended: { message_id: number; conversation_id: string; attention: string };
  sanction: {
    id: number;
    kind: SanctionKind;
    active: boolean;
    until: string | null;
    reason: string;
    conversation_id: string | null;
  };
}

export type ServerEvent = { [K in keyof Events]: { type: K; data: Events[K] } }[keyof Events];
