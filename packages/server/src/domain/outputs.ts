import type { ClientMessage, ErrorCode, ServerMessage } from '@maru/signaling';
import type { WebhookEvent } from '@maru/signaling/rest';
import type { DomainRecord } from './records.js';

/** Who is told: everybody who has joined but one, or those named. */
export type Audience = { readonly all: true; readonly except?: string } | { readonly all: false; readonly to: readonly string[] };

/** What only the media server can carry out. */
export type MediaRequest = Extract<ClientMessage, { type: 'media-signal' | 'media-view' | 'get-media-why' }>;

/** What the domain has to say after an input, in order. */
export type DomainOutput =
  /** The state changed: keep this. */
  | { readonly type: 'record'; readonly record: DomainRecord }
  /** Tell these connections. */
  | { readonly type: 'deliver'; readonly session: string; readonly audience: Audience; readonly message: ServerMessage }
  /** A connection asks something of the media server; that it may is settled. */
  | { readonly type: 'media'; readonly session: string; readonly connection: string; readonly request: MediaRequest }
  /** The seat is no more: end its transport after what was delivered before. */
  | {
      readonly type: 'seat-ended';
      readonly session: string;
      readonly connection: string;
      readonly code: ErrorCode | 'left';
      readonly detail: string;
    }
  /** Tell the application. */
  | { readonly type: 'event'; readonly event: WebhookEvent };
