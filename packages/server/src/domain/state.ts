import { assert, assertNever } from '@maru/protocol/core';
import { Connection } from './connection.js';
import type { DomainRecord } from './records.js';
import { Session } from './session.js';

/** Everything that the domain knows. It changes by {@link DomainState.apply} and by nothing else. */
export class DomainState {
  readonly sessionById = new Map<string, Session>();
  connectionCount = 0;
  streamCount = 0;

  connection(session: string, connection: string): Connection | undefined {
    return this.sessionById.get(session)?.connectionById.get(connection);
  }

  /** Makes `record` true. The same records in the same order make the same state, live and after a restart. */
  apply(record: DomainRecord): void {
    switch (record.type) {
      case 'session':
        return this.applySession(record);
      case 'session-ended':
        return this.applySessionEnded(record);
      case 'media':
        this.sessionOf(record.session).media = record.media;
        return;
      case 'connection':
        return this.applyConnection(record);
      case 'connection-ended':
        return this.applyConnectionEnded(record);
      case 'stream':
        return this.applyStream(record);
      case 'stream-ended':
        return this.applyStreamEnded(record);
      case 'subscription': {
        const { audio, video } = record;
        this.connection(record.session, record.connection)?.subscriptions.set(record.stream, { audio, video });
        return;
      }
      default:
        assertNever(record);
    }
  }

  /** Records that make `session` what it is now, on an empty state. */
  *image(session: Session): Generator<DomainRecord> {
    yield { type: 'session', row: session.row };
    yield { type: 'media', session: session.id, media: session.media };
    for (const connection of session.connectionById.values()) yield { type: 'connection', row: connection.row };
    for (const { connection, stream } of session.publishedById.values()) {
      yield { type: 'stream', session: session.id, connection: connection.id, stream };
    }
    for (const connection of session.connectionById.values()) {
      for (const [stream, { audio, video }] of connection.subscriptions.exceptions) {
        yield { type: 'subscription', session: session.id, connection: connection.id, stream, audio, video };
      }
    }
  }

  private applySession({ row }: { row: Session['row'] }): void {
    const session = this.sessionById.get(row.id);
    if (session) session.row = row;
    else this.sessionById.set(row.id, new Session(row));
  }

  private applySessionEnded({ session: id }: { session: string }): void {
    const session = this.sessionById.get(id);
    if (!session) return;
    this.sessionById.delete(id);
    this.connectionCount -= session.joinedCount;
    this.streamCount -= session.publishedById.size;
  }

  private applyConnection({ row }: { row: Connection['row'] }): void {
    const session = this.sessionOf(row.session);
    const known = session.connectionById.get(row.id);
    const joinsNow = row.joined !== null && !known?.row.joined;
    if (known) known.row = row;
    else session.connectionById.set(row.id, new Connection(row));
    if (!joinsNow) return;
    session.joinedCount += 1;
    session.lastOrder = Math.max(session.lastOrder, row.joined?.order ?? 0);
    this.connectionCount += 1;
  }

  private applyConnectionEnded(record: { session: string; connection: string }): void {
    const session = this.sessionOf(record.session);
    const connection = session.connectionById.get(record.connection);
    if (!connection) return;
    for (const stream of connection.streamById.keys()) this.removeStream(session, stream);
    session.connectionById.delete(record.connection);
    if (!connection.row.joined) return;
    session.joinedCount -= 1;
    this.connectionCount -= 1;
  }

  private applyStream(record: { session: string; connection: string; stream: import('@maru/signaling').StreamInfo }): void {
    const session = this.sessionOf(record.session);
    const connection = session.connectionById.get(record.connection);
    assert(connection !== undefined, 'a stream has a publisher');
    if (!session.publishedById.has(record.stream.id)) this.streamCount += 1;
    connection.streamById.set(record.stream.id, record.stream);
    session.publishedById.set(record.stream.id, { connection, stream: record.stream });
  }

  private applyStreamEnded(record: { session: string; stream: string }): void {
    this.removeStream(this.sessionOf(record.session), record.stream);
  }

  private removeStream(session: Session, stream: string): void {
    const published = session.publishedById.get(stream);
    if (!published) return;
    session.publishedById.delete(stream);
    published.connection.streamById.delete(stream);
    for (const connection of session.connectionById.values()) connection.subscriptions.forget(stream);
    this.streamCount -= 1;
  }

  private sessionOf(id: string): Session {
    const session = this.sessionById.get(id);
    assert(session !== undefined, 'a record is about a session that exists');
    return session;
  }
}
