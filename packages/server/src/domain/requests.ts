import { assertNever } from '@maru/protocol/core';
import { type Action, type ClientMessage, isAllowed, type Whose } from '@maru/signaling';
import type { Connection } from './connection.js';
import type { Directory } from './directory.js';
import type { IdSource } from './ids.js';
import { fits } from './limits.js';
import { usesServer } from './media-mode.js';
import { isoOf, type Moment } from './moment.js';
import { type Outcome, Refusal } from './refusal.js';
import type { Session } from './session.js';
import { changedStream, streamOf } from './stream.js';

/** What `done` says beside the `ref`. */
export interface RequestAnswer {
  readonly id?: string;
  readonly at?: string;
  /** Somebody else says `done` when it is. */
  readonly isLater?: true;
}

type Of<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>;

const DONE: RequestAnswer = {};
const NO_STREAM = new Refusal('stream/not-found', 'There is no such stream in this session.', 'stream');

/** Carries out the requests of connections. Who may do what, the permission table alone says. */
export class RequestHandler {
  constructor(
    private readonly directory: Directory,
    private readonly ids: IdSource,
  ) {}

  handle(now: Moment, session: Session, by: Connection, message: ClientMessage): Outcome<RequestAnswer> {
    switch (message.type) {
      case 'publish':
        return this.publish(now, session, by, message);
      case 'update-stream':
        return this.updateStream(now, session, by, message);
      case 'unpublish':
        return this.unpublish(now, session, by, message);
      case 'update-subscription':
        return this.updateSubscription(session, by, message);
      case 'signal':
        return this.signal(session, by, message);
      case 'message':
        return refuseUnless(by, 'send-message', 'other') ?? this.sendMessage(now, session, by.id, message);
      case 'update-connection':
        return this.updatePresence(session, by, message);
      case 'request-mute':
        return this.requestMute(session, by, message);
      case 'disconnect':
        return this.disconnect(now, session, by, message);
      case 'get-ice-servers':
        return refuseUnless(by, 'get-ice-servers', 'own') ?? DONE; // the switchboard knows them, and adds them
      case 'media-signal':
        return this.mediaSignal(session, by, message);
      case 'media-view':
        return this.mediaView(session, by, message);
      case 'media-ready':
        return this.mediaReady(now, session, by, message);
      case 'get-media-why':
        return this.mediaWhy(session, by, message);
      case 'leave':
        return refuseUnless(by, 'leave', 'own') ?? this.directory.endConnection(now, session.id, by.id, 'left') ?? DONE;
      default:
        return assertNever(message);
    }
  }

  /** Says `message` to the connections named, or to all but `from`. `from` null is the application. */
  sendMessage(
    now: Moment,
    session: Session,
    from: string | null,
    message: { readonly to?: readonly string[] | undefined; readonly messageType: string; readonly data: unknown },
  ): Outcome<{ readonly id: string; readonly at: string; readonly recipients: number }> {
    if (!fits(message.data, session.row.limits.messageBytes)) return tooLarge('data', session.row.limits.messageBytes);
    const { to } = message;
    if (to) {
      const missing = to.findIndex((id) => !session.connectionById.get(id)?.row.joined);
      if (missing >= 0) {
        return new Refusal('connection/not-found', 'There is no such connection in this session.', `to.${missing}`);
      }
    }
    const id = this.ids.next();
    const at = isoOf(now.wallMs);
    const addressees = to ? [...new Set(to)] : undefined;
    const audience = addressees
      ? ({ all: false, to: addressees } as const)
      : ({ all: true, ...(from !== null && { except: from }) } as const);
    this.directory.deliver(session.id, audience, {
      type: 'message',
      id,
      from,
      at,
      direct: addressees !== undefined,
      messageType: message.messageType,
      data: message.data,
    });
    return { id, at, recipients: addressees?.length ?? session.joinedCount - (from === null ? 0 : 1) };
  }

  private publish(now: Moment, session: Session, by: Connection, { stream }: Of<'publish'>): Outcome<RequestAnswer> {
    const refused = refuseUnless(by, 'publish', 'own');
    if (refused) return refused;
    if (session.publishedById.has(stream.id)) {
      return new Refusal('stream/exists', 'A stream with this id exists already in this session.', 'stream.id');
    }
    const limit = session.row.limits.streamsPerConnection;
    if (by.streamById.size >= limit) return new Refusal('stream/limit', `A connection may publish ${limit} streams here.`);
    const { presenceBytes } = this.directory.limits;
    if (stream.metadata && !fits(stream.metadata, presenceBytes)) return tooLarge('stream.metadata', presenceBytes);
    this.directory.putStream(now, session, by, streamOf(stream, now.wallMs));
    return DONE;
  }

  private updateStream(now: Moment, session: Session, by: Connection, message: Of<'update-stream'>): Outcome<RequestAnswer> {
    const published = session.publishedById.get(message.stream);
    if (!published) return NO_STREAM;
    const refused = refuseUnless(by, 'update-stream', whoseIs(published.connection, by));
    if (refused) return refused;
    const { presenceBytes } = this.directory.limits;
    if (message.metadata && !fits(message.metadata, presenceBytes)) return tooLarge('metadata', presenceBytes);
    this.directory.putStream(now, session, by, changedStream(published.stream, message));
    return DONE;
  }

  private unpublish(now: Moment, session: Session, by: Connection, { stream }: Of<'unpublish'>): Outcome<RequestAnswer> {
    const published = session.publishedById.get(stream);
    if (!published) return NO_STREAM;
    const whose = whoseIs(published.connection, by);
    const refused = refuseUnless(by, 'unpublish', whose);
    if (refused) return refused;
    this.directory.endStream(now, session, stream, whose === 'own' ? by.id : null);
    return DONE;
  }

  private updateSubscription(session: Session, by: Connection, message: Of<'update-subscription'>): Outcome<RequestAnswer> {
    const published = session.publishedById.get(message.stream);
    if (!published) return NO_STREAM;
    const refused = refuseUnless(by, 'update-subscription', whoseIs(published.connection, by));
    if (refused) return refused;
    const { stream, audio, video } = message;
    this.directory.record({ type: 'subscription', session: session.id, connection: by.id, stream, audio, video });
    this.directory.deliver(
      session.id,
      { all: false, to: [published.connection.id] },
      { type: 'subscription-updated', connection: by.id, stream, audio, video },
    );
    return DONE;
  }

  private signal(session: Session, by: Connection, message: Of<'signal'>): Outcome<RequestAnswer> {
    const target = joinedTarget(session, message.to, 'to');
    if (target instanceof Refusal) return target;
    const refused = refuseUnless(by, 'signal', whoseIs(target, by));
    if (refused) return refused;
    this.directory.deliver(session.id, { all: false, to: [target.id] }, { type: 'signal', from: by.id, signal: message.signal });
    return DONE;
  }

  /**
   * An offer may name only the connection's own streams, and those only while it may publish. What else it names is not passed on: a stream
   * may have been taken down, or the role changed, while the offer was on its way.
   */
  private mediaSignal(session: Session, by: Connection, message: Of<'media-signal'>): Outcome<RequestAnswer> {
    const refused = refuseUnless(by, 'exchange-media', 'own');
    if (refused) return refused;
    const { signal } = message;
    if (signal.kind !== 'offer') this.directory.askMedia(session, by, message);
    else {
      const maySend = isAllowed(by.row.role, 'send-media', 'own');
      const media = signal.media.filter(({ stream }) => maySend && by.streamById.has(stream));
      this.directory.askMedia(session, by, { ...message, signal: { ...signal, media } });
    }
    return DONE;
  }

  private mediaView(session: Session, by: Connection, message: Of<'media-view'>): Outcome<RequestAnswer> {
    const refused = refuseUnless(by, 'exchange-media', 'own');
    if (!refused) this.directory.askMedia(session, by, message);
    return refused ?? DONE;
  }

  private mediaReady(now: Moment, session: Session, by: Connection, message: Of<'media-ready'>): Outcome<RequestAnswer> {
    const refused = refuseUnless(by, 'exchange-media', 'own');
    if (!refused) this.directory.mediaReady(now, session, by.id, message.epoch, message.ready);
    return refused ?? DONE;
  }

  private mediaWhy(session: Session, by: Connection, message: Of<'get-media-why'>): Outcome<RequestAnswer> {
    const refused = refuseUnless(by, 'read-media', 'own');
    if (refused) return refused;
    if (!usesServer(session.media)) return new Refusal('media/unavailable', 'No server forwards the media of this session now.');
    this.directory.askMedia(session, by, message);
    return { isLater: true };
  }

  private updatePresence(session: Session, by: Connection, { presence }: Of<'update-connection'>): Outcome<RequestAnswer> {
    const refused = refuseUnless(by, 'update-presence', 'own');
    if (refused) return refused;
    const { joined } = by.row;
    if (!joined) return new Refusal('connection/not-found', 'This connection has not joined.');
    const { presenceBytes } = this.directory.limits;
    if (!fits(presence, presenceBytes)) return tooLarge('presence', presenceBytes);
    this.directory.record({ type: 'connection', row: { ...by.row, joined: { ...joined, presence } } });
    this.directory.deliver(session.id, { all: true }, { type: 'connection-updated', connection: by.id, presence });
    return DONE;
  }

  private requestMute(session: Session, by: Connection, message: Of<'request-mute'>): Outcome<RequestAnswer> {
    const published = session.publishedById.get(message.stream);
    if (!published) return NO_STREAM;
    const refused = refuseUnless(by, 'request-mute', whoseIs(published.connection, by));
    if (refused) return refused;
    const { stream, audio = false, video = false } = message;
    this.directory.deliver(
      session.id,
      { all: false, to: [published.connection.id] },
      { type: 'mute-requested', by: by.id, stream, audio, video },
    );
    return DONE;
  }

  private disconnect(now: Moment, session: Session, by: Connection, message: Of<'disconnect'>): Outcome<RequestAnswer> {
    const target = joinedTarget(session, message.connection, 'connection');
    if (target instanceof Refusal) return target;
    const refused = refuseUnless(by, 'disconnect', whoseIs(target, by));
    return refused ?? this.directory.endConnection(now, session.id, target.id, 'disconnected') ?? DONE;
  }
}

const whoseIs = (owner: Connection, by: Connection): Whose => (owner === by ? 'own' : 'other');

function refuseUnless(by: Connection, action: Action, whose: Whose): Refusal | undefined {
  if (isAllowed(by.row.role, action, whose)) return undefined;
  const what = action.replaceAll('-', ' ');
  const object = whose === 'own' ? '' : ' what belongs to others';
  return new Refusal('connection/forbidden', `A ${by.row.role} may not ${what}${object}.`);
}

function joinedTarget(session: Session, id: string, field: string): Outcome<Connection> {
  const target = session.connectionById.get(id);
  return target?.row.joined ? target : new Refusal('connection/not-found', 'There is no such connection in this session.', field);
}

const tooLarge = (field: string, limitBytes: number): Refusal =>
  new Refusal('request/too-large', `${field} must be at most ${limitBytes} bytes as JSON.`, field);
