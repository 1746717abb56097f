import type { MediaAddress } from '@maru/sfu';
import type { IceServer, Mode } from '@maru/signaling';
import { DEFAULT_DOMAIN_LIMITS, type DomainLimits } from '../domain/index.js';
import { DEFAULT_HTTP_LIMITS, type HttpLimits } from '../http/front.js';
import type { MailboxLimits } from '../signaling/mailbox.js';
import { DEFAULT_SIGNALING_LIMITS, type SignalingLimits } from '../signaling/switchboard.js';
import { DEFAULT_WEBSOCKET_LIMITS, type WebSocketLimits } from '../signaling/transports/websocket.js';
import type { TurnConfigFile } from '../turn/config/turn-config-file.js';

/** Where events are posted, and the secret that signs them. */
export interface WebhookTarget {
  readonly url: string;
  readonly secret: string;
}

/** Everything that an operator may decide. What is absent has a default. */
export interface ServerConfig {
  /** 0: any free port. */
  readonly port: number;
  /** Address to listen on; undefined: all of them. */
  readonly host?: string | undefined;
  /** Folder of everything that is kept; null: nothing is kept. */
  readonly dataFolder: string | null;
  /** Folder of the built web app; null: none is served. */
  readonly webFolder: string | null;
  /** The operator's certificate, as files. */
  readonly certificate?: { readonly certFile: string; readonly keyFile: string } | undefined;
  /** Keys of applications. When there is none, the first start makes one and keeps it in the data folder. */
  readonly apiKeys: readonly string[];
  /** Address under which people reach this server, when it is not the obvious one. */
  readonly publicUrl?: string | undefined;
  /** Origins of pages elsewhere that may use this server. */
  readonly origins: readonly string[];
  /** Addresses (CIDR) of proxies whose forwarded headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly webhooks: readonly WebhookTarget[];
  /** Whether webhooks may go to addresses of this machine and of private networks. */
  readonly webhooksMayBePrivate: boolean;
  /** STUN and TURN servers elsewhere, beside our own relay. */
  readonly iceServers: readonly IceServer[];
  /** The STUN/TURN server inside of this one; null: there is none. */
  readonly turn: TurnPart | null;
  /** The media server inside of this one, which forwards sessions of mode `sfu` and `auto`; null: there is none. */
  readonly media: MediaPart | null;
  /** How media travels in halls of the web app where nobody chose (decision 0012); `p2p` where there is no media server. */
  readonly hallMode: Mode;
  /** Opens the admin port of the relay: 32 characters or more. */
  readonly turnAdminKey?: string | undefined;
  readonly limits: ServerLimits;
}

/** How media comes in. */
export interface MediaPart {
  /** UDP port of all media; 0: any free one. Absent: the port after the server's own, or any free one if that is taken. */
  readonly udpPort?: number | undefined;
  /** Addresses of this machine at which media comes in, and what clients are told in their place. Absent: all. */
  readonly addresses?: readonly MediaAddress[] | undefined;
  /** Threads that forward. Absent: one for each core but one. */
  readonly workers?: number | undefined;
  readonly driver?: 'native' | 'pure' | undefined;
}

/** Where the operator says more of the relay. */
export interface TurnPart {
  /** JSON, as `maru turn --config` takes it; read again when asked to. */
  readonly file?: string;
  /** The same, for who starts a server in a program. */
  readonly written?: TurnConfigFile;
}

export interface ServerLimits {
  readonly domain: DomainLimits;
  readonly http: HttpLimits;
  readonly signaling: SignalingLimits;
  readonly webSocket: WebSocketLimits;
  readonly mailbox: MailboxLimits;
  /** New signaling transports a minute from one address. */
  readonly openingsPerMinute: number;
  readonly hallsPerMinute: number;
  readonly joinsPerMinute: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  domain: DEFAULT_DOMAIN_LIMITS,
  http: DEFAULT_HTTP_LIMITS,
  signaling: DEFAULT_SIGNALING_LIMITS,
  webSocket: DEFAULT_WEBSOCKET_LIMITS,
  mailbox: { messages: 1_000, bytes: 1024 * 1024 },
  openingsPerMinute: 300,
  hallsPerMinute: 30,
  joinsPerMinute: 120,
};

export const DEFAULT_CONFIG: ServerConfig = {
  port: 8443,
  dataFolder: null,
  webFolder: null,
  apiKeys: [],
  origins: [],
  trustedProxies: [],
  webhooks: [],
  webhooksMayBePrivate: false,
  iceServers: [],
  turn: {},
  media: {},
  hallMode: 'auto',
  limits: DEFAULT_LIMITS,
};
