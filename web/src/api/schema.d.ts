// Made from the server's OpenAPI document by scripts/types.mjs; do not edit.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AllUnread: {
            items: components["schemas"]["receipts_wire_WireUnread"][];
            mentions: number;
            unread: number;
        };
        Appeal: {
            created_at: string;
            decided_at: string | null;
            decided_by: number | null;
            decision: string | null;
            state: components["schemas"]["AppealState"];
            text: string;
        };
        /**
         * AppealState
         * @description What became of an appeal.
         * @enum {string}
         */
        AppealState: "open" | "granted" | "denied";
        /**
         * Attention
         * @description What a user wants to be told of a thread.
         *
         *         ``FOLLOWING``: each answer. ``NONE``: only what names them. ``MUTED``: not even that.
         * @enum {string}
         */
        Attention: "following" | "none" | "muted";
        /**
         * Audience
         * @description Who is called where a message calls not by name: those who are here, or the whole room.
         * @enum {string}
         */
        Audience: "here" | "room";
        /** BackupCodesBody */
        BackupCodesBody: {
            backup_codes: string[];
        };
        Conversation: {
            /** @default false */
            archived: boolean;
            created_at: string;
            id: string;
            kind: components["schemas"]["Kind"];
            last_seq: number;
            member_count: number;
            name: string | null;
            peer: components["schemas"]["Person"] | null;
            read_seq: number;
            rev: number;
            topic: string;
            unread: number;
            visibility: components["schemas"]["Visibility"];
        };
        Conversations: {
            items: components["schemas"]["Conversation"][];
        };
        /** CreateConversation */
        CreateConversation: {
            /** @enum {string} */
            kind: "room" | "direct";
            members?: number[];
            name?: string | null;
            topic?: string | null;
            visibility?: components["schemas"]["Visibility"] | null;
        };
        Draft: {
            content: string;
            conversation_id: string;
            parent_message_id: number | null;
            written_at: string;
        };
        Drafts: {
            items: components["schemas"]["Draft"][];
        };
        Edit: {
            content: string;
            edited_at: string;
            editor: components["schemas"]["Sender"];
            rev: number;
        };
        Edits: {
            has_more: boolean;
            items: components["schemas"]["Edit"][];
        };
        /** EnrolmentBody */
        EnrolmentBody: {
            otpauth_uri: string;
            qr_svg: string;
            secret: string;
        };
        HeldFile: {
            created_at: string;
            id: number;
            media_type: string;
            message_id: number | null;
            name: string;
            reason: string | null;
            sha256: string;
            size: number;
            uploader_id: number;
        };
        HeldFiles: {
            has_more: boolean;
            items: components["schemas"]["HeldFile"][];
        };
        /**
         * Kind
         * @description What a conversation is; one table and one sequence of ids for all.
         * @enum {string}
         */
        Kind: "room" | "direct" | "thread";
        Lift: {
            at: string;
            by: number | null;
            reason: string;
        };
        /** LoggedInBody */
        LoggedInBody: {
            access_token: string;
            expires_in: number;
            refresh_token: string;
            /** @default Bearer */
            token_type: string;
            user: components["schemas"]["UserCard"];
        };
        Member: {
            joined_at: string;
            role: components["schemas"]["MemberRole"];
            user: components["schemas"]["Person"];
        };
        /**
         * MemberRole
         * @description What a member is in one conversation.
         * @enum {string}
         */
        MemberRole: "owner" | "admin" | "member" | "read_only";
        Members: {
            has_more: boolean;
            items: components["schemas"]["Member"][];
        };
        Message: {
            audience?: components["schemas"]["Audience"];
            client_id: string | null;
            content: string;
            conversation_id: string;
            created_at: string;
            deleted: boolean;
            edited_at: string | null;
            files?: components["schemas"]["MessageFile"][];
            id: number;
            last_reply_at?: string | null;
            /** @default [] */
            mentions: number[];
            message_type: components["schemas"]["MessageType"];
            parent_message_id?: number | null;
            participants?: number[];
            /** @default false */
            pinned: boolean;
            /** @default [] */
            reactions: components["schemas"]["Reaction"][];
            /** @default 0 */
            reply_count: number;
            sender: components["schemas"]["Sender"];
            seq: number;
        };
        MessageFile: {
            height: number | null;
            id: number;
            media_type: string;
            name: string;
            size: number;
            /** @enum {string} */
            status: "quarantined" | "clean" | "refused";
            thumbnail: boolean;
            width: number | null;
        };
        /**
         * MessageType
         * @description What the content is. ``system`` is the server's own.
         * @default text
         * @enum {string}
         */
        MessageType: "text" | "file" | "system";
        OwnSanctions: {
            has_more: boolean;
            items: components["schemas"]["Sanction"][];
            points: number;
        };
        Page: {
            has_more: boolean;
            items: components["schemas"]["Message"][];
        };
        Part: {
            count: number;
            points: number;
            what: string;
        };
        Person: {
            avatar_url?: string | null;
            created_at: string;
            display_name: string;
            id: number;
            role: string;
            status_text?: string | null;
            status_until?: string | null;
            username: string;
        };
        /**
         * Problem
         * @description A problem document (RFC 9457) with a stable code.
         * @example {
         *       "code": "invalid",
         *       "detail": "name: Is required",
         *       "errors": [
         *         {
         *           "field": "name",
         *           "message": "Is required"
         *         }
         *       ],
         *       "status": 422,
         *       "title": "What was sent is not valid",
         *       "type": "/docs#invalid"
         *     }
         */
        Problem: {
            /** @description With `too_large`. */
            actual?: number;
            /** @enum {string} */
            code: "invalid" | "unauthenticated" | "two_factor_required" | "step_up_required" | "forbidden" | "muted" | "banned" | "refused" | "unsupported" | "not_found" | "conflict" | "duplicate" | "too_large" | "rate_limited" | "unavailable" | "internal";
            detail?: string;
            /** @description With `invalid`: which fields, and why. */
            errors?: {
                field: string;
                message: string;
            }[];
            /** @description With `refused`: the words or characters that spoke. */
            evidence?: string[];
            /** @description With `too_large`. */
            limit?: number;
            /** @description With `internal`: for the operator. */
            request_id?: string;
            /** @description With `not_found`: what kind. */
            resource?: string;
            /** @description With `rate_limited`: whole seconds. */
            retry_after?: number;
            /** @description With `refused`: which rule of the filter. */
            rule?: string;
            status: number;
            title: string;
            /** Format: uri-reference */
            type: string;
        };
        Reaction: {
            count: number;
            emoji: string;
            me?: boolean;
        };
        Reactor: {
            emojis: string[];
            user: components["schemas"]["Sender"];
        };
        Reactors: {
            has_more: boolean;
            items: components["schemas"]["Reactor"][];
            reactions: components["schemas"]["Reaction"][];
        };
        Refusal: {
            code: string;
            message: string;
        };
        /**
         * ReportReason
         * @description What is wrong.
         * @enum {string}
         */
        ReportReason: "spam" | "abuse" | "harassment" | "illegal" | "other";
        /**
         * ReportState
         * @description What became of a report.
         * @enum {string}
         */
        ReportState: "open" | "dismissed" | "upheld";
        Reports: {
            has_more: boolean;
            items: components["schemas"]["WireReport"][];
        };
        Reputation: {
            parts: components["schemas"]["Part"][];
            pinned: boolean;
            score: number;
            start: number;
            trust: components["schemas"]["Trust"];
            user_id: number;
        };
        Sanction: {
            active: boolean;
            appeal: components["schemas"]["Appeal"] | null;
            author_id: number | null;
            conversation_id: string | null;
            created_at: string;
            id: number;
            kind: components["schemas"]["SanctionKind"];
            lifted: components["schemas"]["Lift"] | null;
            points: number;
            reason: string;
            rule: string | null;
            subject_id: number;
            subject_kind: components["schemas"]["SubjectKind"];
            until: string | null;
        };
        /**
         * SanctionKind
         * @description What is done; mutes and bans last, the others are a moment's.
         * @enum {string}
         */
        SanctionKind: "warning" | "mute" | "kick" | "ban";
        Sanctions: {
            has_more: boolean;
            items: components["schemas"]["Sanction"][];
        };
        Scheduled: {
            content: string;
            conversation_id: string;
            created_at: string;
            file_ids: number[];
            id: number;
            message_id: number | null;
            message_type: components["schemas"]["MessageType"];
            parent_message_id: number | null;
            refusal: components["schemas"]["Refusal"] | null;
            send_at: string;
            status: components["schemas"]["ScheduledState"];
        };
        ScheduledList: {
            items: components["schemas"]["Scheduled"][];
        };
        /**
         * ScheduledState
         * @description Where a message to be sent later stands.
         * @enum {string}
         */
        ScheduledState: "waiting" | "sent" | "refused" | "cancelled";
        /** SecondFactorBody */
        SecondFactorBody: {
            backup_codes_left: number;
            enabled: boolean;
        };
        Sender: {
            id: number;
            username: string;
        };
        /** SessionBody */
        SessionBody: {
            created_at: string;
            current: boolean;
            device_name: string;
            id: string;
            ip: string;
            last_active_at: string;
        };
        /** SessionItems */
        SessionItems: {
            items: components["schemas"]["SessionBody"][];
        };
        /**
         * SubjectKind
         * @description Who can be sanctioned.
         * @enum {string}
         */
        SubjectKind: "user" | "contact";
        Thread: {
            attention: components["schemas"]["Attention"];
            last_reply_seq: number;
            message: components["schemas"]["Message"];
        };
        ThreadUnread: {
            mentions: number;
            message_id: number;
            unread: number;
        };
        Threads: {
            has_more: boolean;
            items: components["schemas"]["Thread"][];
        };
        /** TicketBody */
        TicketBody: {
            expires_in: number;
            ticket: string;
        };
        /**
         * Trust
         * @description How far a user is trusted, the least first; it scales the limits (REQUIREMENTS, ID-9).
         *
         *         Accounts keep it; who is not known to be anything else is ``NORMAL``.
         * @enum {string}
         */
        Trust: "suspect" | "normal" | "verified" | "premium";
        /** UpdateConversation */
        UpdateConversation: {
            archived?: boolean | null;
            name?: string | null;
            topic?: string | null;
            visibility?: components["schemas"]["Visibility"] | null;
        };
        /** UserCard */
        UserCard: {
            avatar_url?: string | null;
            created_at: string;
            display_name: string;
            id: number;
            role: string;
            status_text?: string | null;
            status_until?: string | null;
            username: string;
        };
        /** UserItems */
        UserItems: {
            items: components["schemas"]["UserCard"][];
        };
        /**
         * Visibility
         * @description Whether a room can be found and joined by everyone; all else is private.
         * @enum {string}
         */
        Visibility: "public" | "private";
        /** WireReport */
        WireReport: {
            comment: string;
            content: string | null;
            created_at: string;
            decided_at: string | null;
            decided_by: number | null;
            decision: string | null;
            id: number;
            message_id: number | null;
            reason: components["schemas"]["ReportReason"];
            reporter_id: number;
            state: components["schemas"]["ReportState"];
            user_id: number;
        };
        /** WireUnread */
        receipts_wire_WireUnread: {
            conversation_id: string;
            last_seq: number;
            mentions: number;
            read_seq: number;
            threads: components["schemas"]["ThreadUnread"][];
            unread: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
