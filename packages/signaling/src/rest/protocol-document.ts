import { APP_PATHS } from '../app.js';
import { SIGNALING_PATHS } from '../channel.js';
import { CLOSE_CODES, ERROR_CODES } from '../errors.js';
import { PROTOCOL_LIMITS } from '../limits.js';
import { PERMISSIONS } from '../permissions.js';
import { PROTOCOL_VERSION } from '../version.js';
import { type JsonSchema, namedSchemas } from './json-schema.js';
import { WEBHOOK_HEADERS } from './webhook.js';

/** In which order the document tells of what, by the names of the schemas. Every other one comes last. */
const SECTIONS: readonly (readonly [string, readonly string[]])[] = [
  ['Opening', ['Hello', 'Resume', 'Welcome', 'Resumed', 'Refused', 'Closed']],
  [
    'From the client',
    [
      'Publish',
      'UpdateStream',
      'Unpublish',
      'UpdateSubscription',
      'SignalRequest',
      'SendMessage',
      'UpdateConnection',
      'RequestMute',
      'Disconnect',
      'GetIceServers',
      'SendMediaSignal',
      'SetMediaView',
      'ReportMedia',
      'GetMediaWhy',
      'Leave',
    ],
  ],
  [
    'From the server',
    [
      'Done',
      'Failed',
      'ConnectionJoined',
      'ConnectionLeft',
      'ConnectionUpdated',
      'ConnectionAway',
      'ConnectionBack',
      'StreamPublished',
      'StreamUpdated',
      'StreamUnpublished',
      'SubscriptionUpdated',
      'SignalReceived',
      'MessageReceived',
      'MuteRequested',
      'MediaSignalReceived',
      'MediaSlots',
      'MediaLayers',
      'MediaSpeakers',
      'MediaLimited',
      'MediaMode',
      'SessionEnded',
      'Disconnected',
    ],
  ],
  [
    'Signals between two peers',
    ['Signal', 'DescriptionSignal', 'CandidateSignal', 'RestartSignal', 'ResetSignal', 'CloseSignal', 'MediaMapping'],
  ],
  [
    'Signals between a client and the media server',
    [
      'ClientMediaSignal',
      'MediaOffer',
      'MediaCandidate',
      'MediaClose',
      'ServerMediaSignal',
      'MediaAnswer',
      'MediaRestart',
      'MediaReset',
      'MediaRefused',
      'MediaState',
      'Tile',
      'Slot',
      'SlotSource',
    ],
  ],
  ['Requests of the HTTP transports', ['OpenResponse', 'SendRequest', 'SendResponse', 'PollRequest', 'PollResponse']],
  ['The back end of the web app', ['AppConfig', 'CreateHallRequest', 'HallInfo', 'JoinHallRequest', 'JoinHallResponse']],
];

const KIB = 1024;

/** docs/protocol.md: the signaling protocol in prose and tables, the tables made from the schemas. */
export function protocolDocument(): string {
  const all = namedSchemas('#');
  const told = new Set(SECTIONS.flatMap(([, ids]) => ids));
  const rest = Object.keys(all).filter((id) => !told.has(id));
  return [
    INTRODUCTION,
    ...SECTIONS.map(([title, ids]) => `## ${title}\n\n${ids.map((id) => describe(id, all[id] ?? {})).join('\n\n')}`),
    `## Shapes\n\n${rest.map((id) => describe(id, all[id] ?? {})).join('\n\n')}`,
    permissions(),
    codes(),
    '',
  ].join('\n\n');
}

const INTRODUCTION = `# The signaling protocol, version ${PROTOCOL_VERSION}

Made from the schemas in \`packages/signaling\` by \`npm run protocol -w @maru/signaling\`; do not edit by hand.

A client takes a seat in a session with a token, over any of three transports, and keeps the seat when it changes the transport.

| transport | how |
|---|---|
| WebSocket | \`${SIGNALING_PATHS.webSocket}\`; one frame a message, as text |
| Server-Sent Events | \`POST ${SIGNALING_PATHS.open}\`, then \`GET ${SIGNALING_PATHS.events}\` (one frame an event) and \`POST ${SIGNALING_PATHS.send}\` |
| long polling | \`POST ${SIGNALING_PATHS.open}\`, then \`POST ${SIGNALING_PATHS.poll}\` again and again, and \`POST ${SIGNALING_PATHS.send}\` |

The first message is \`hello\` or \`resume\`, bare. The answer is \`welcome\`, \`resumed\` or \`refused\`, bare too. After it, both sides speak in frames:

    {"seq": 7, "ack": 12, "message": {"type": "…"}}     a message: the sender's seventh; it has received twelve
    {"ack": 12}                                          an acknowledgement alone; also the heartbeat
    {"type": "closed", "code": "…", "resumable": true}   the last word of the server on this transport

**Numbers.** Each direction of a connection counts its messages from 1, over all transports and across restarts of the server. The receiver
drops what it has, takes what is next, and is never sent a number that skips one; a client that skips one is closed with \`protocol/out-of-order\`.
The sender keeps what is not acknowledged, at most ${PROTOCOL_LIMITS.unackedMessages} messages and ${PROTOCOL_LIMITS.unackedBytes / KIB} KiB; a client that falls behind by more loses its seat
(\`connection/overflow\`). The server acknowledges within 200 ms and only what would survive its death; the client should do so too.

**Coming back.** When a transport breaks, the client opens any other and says \`resume\` with the key of its \`welcome\` and the highest number that it has
received in order. The server answers \`resumed\` with its own, and both send again what the other lacks, with the numbers that it had. Within the
grace period nothing is lost and nothing comes twice, also when the server was killed and started again. A \`hello\` whose answer was lost is repeated with
the same token and the same \`attempt\`.

**Heartbeats.** The server says something at least every \`heartbeatMs\`; the client must too. Silence of two and a half times as long is a dead path.

**HTTP transports.** \`open\` answers a channel, a secret for \`Authorization: Bearer\`. A poll is answered when there are frames, at the latest after
\`heartbeatMs\`; it acknowledges with \`ack\`, and what it does not acknowledge is answered again. With a stream of events, its end is the end of the channel.

**Limits.** A frame is at most ${PROTOCOL_LIMITS.frameBytes / KIB} KiB (close code ${CLOSE_CODES.tooLarge}). A client may send 50 messages a second and 100 at once; signals have an allowance of their own that
grows with the session. Above it the seat is lost (\`connection/flood\`, ${CLOSE_CODES.policyViolation}). Three messages that are not valid close the transport. The first message must come
within five seconds. Fields that are not known are ignored; types that are not known are refused.

**Politeness.** In a \`p2p\` session every pair negotiates by itself ("perfect negotiation"): the connection with the higher \`order\` is the polite one.

**Media through the server.** In a session of mode \`sfu\`, and of mode \`auto\` while more than two are in, a client has one RTCPeerConnection, to the server. Only
the client offers (\`media-signal\`); it adds sections that only receive, its slots, and is told by \`media-slots\` which published track comes in which. People come
and go without any offer. \`media-view\` says how large each stream is shown; \`media-layers\` says which layers of a simulcast anybody gets. Signals between two
connections go on working: files and other data may go from browser to browser in every mode.

**The web app's back end.** \`GET ${APP_PATHS.config}\`, \`POST ${APP_PATHS.halls}\`, \`GET ${APP_PATHS.halls}/{hall}\` and \`POST ${APP_PATHS.halls}/{hall}/join\` are an application
like any other: they call the REST API with a key of their own.

**Webhooks.** Events are posted as JSON with \`${WEBHOOK_HEADERS.timestamp}\` (seconds since 1970) and \`${WEBHOOK_HEADERS.signature}\`: \`v1=\` and the hex HMAC-SHA256 over
\`{timestamp}.{body}\` with the webhook's secret.`;

function describe(id: string, schema: JsonSchema): string {
  const lines = [`### ${id}`, '', String(schema['description'] ?? '')];
  const table = fieldTable(schema);
  if (table) lines.push('', table);
  else if (schema['enum'] || schema['anyOf'] || schema['oneOf']) lines.push('', typeOf(schema, true));
  return lines.join('\n');
}

function fieldTable(schema: JsonSchema): string | undefined {
  const properties = schema['properties'] as Record<string, JsonSchema> | undefined;
  if (!properties) return undefined;
  const required = new Set((schema['required'] ?? []) as string[]);
  const rows = Object.entries(properties).map(([name, field]) => {
    const description = String(field['description'] ?? '').replaceAll('|', '\\|');
    return `| \`${name}\`${required.has(name) ? '' : ' ?'} | ${typeOf(field)} | ${description} |`;
  });
  return ['| field | type | |', '|---|---|---|', ...rows].join('\n');
}

/** A schema in a few words. */
function typeOf(schema: JsonSchema, isTop = false): string {
  const { $ref, anyOf, oneOf, const: constant, enum: values, type, items, format } = schema;
  if (typeof $ref === 'string' && !isTop) return `[${$ref.slice(1)}](#${$ref.slice(1).toLowerCase()})`;
  const union = (anyOf ?? oneOf) as JsonSchema[] | undefined;
  if (union) return union.map((one) => typeOf(one)).join(' or ');
  if (constant !== undefined) return `\`${JSON.stringify(constant)}\``;
  if (Array.isArray(values)) return values.map((value) => `\`${JSON.stringify(value)}\``).join(', ');
  if (type === 'array') return `array of ${typeOf((items ?? {}) as JsonSchema)}`;
  if (type === 'object' && schema['properties']) return `object: ${inline(schema)}`;
  if (format === 'date-time') return 'time (ISO 8601, UTC)';
  return typeof type === 'string' ? type : 'any JSON';
}

function inline(schema: JsonSchema): string {
  const properties = schema['properties'] as Record<string, JsonSchema>;
  return Object.entries(properties)
    .map(([name, field]) => `\`${name}\` ${typeOf(field)}`)
    .join('; ');
}

function permissions(): string {
  const rows = Object.entries(PERMISSIONS).map(([action, { own, other }]) => {
    const say = (actors: readonly string[]): string => actors.join(', ') || 'nobody';
    return `| ${action} | ${say(own)} | ${say(other)} |`;
  });
  return [
    '## Who may do what',
    '',
    'REST and signaling decide by this one table. Nobody but the application reaches into a session other than their own.',
    '',
    '| action | on what is their own | on what belongs to others |',
    '|---|---|---|',
    ...rows,
  ].join('\n');
}

function codes(): string {
  const rows = Object.entries(ERROR_CODES).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return [
    '## Codes',
    '',
    'Codes are API: they stay. Details are for people.',
    '',
    '| code | meaning |',
    '|---|---|',
    ...rows,
  ].join('\n');
}
