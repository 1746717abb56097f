import type { Audience, DomainRecord } from '../domain/index.js';
import { Mailbox, type MailboxLimits, type Payload, payloadOf } from './mailbox.js';

/** Changes of mailboxes that a restart must not forget. */
export type MailRecord =
  | { readonly type: 'deliver'; readonly session: string; readonly audience: Audience; readonly message: unknown }
  | { readonly type: 'received'; readonly session: string; readonly connection: string; readonly seq: number }
  | { readonly type: 'mailbox-reset'; readonly session: string; readonly connection: string }
  | {
      readonly type: 'mailbox';
      readonly session: string;
      readonly connection: string;
      readonly sent: number;
      readonly received: number;
      readonly unacked: readonly unknown[];
    };

/** The mailboxes of everybody who has joined. They follow the domain's records, so that "all" means the same at each replay. */
export class Mailroom {
  private readonly boxesBySession = new Map<string, Map<string, Mailbox>>();

  box(session: string, connection: string): Mailbox | undefined {
    return this.boxesBySession.get(session)?.get(connection);
  }

  /** Makes and ends mailboxes as connections join and end. */
  follow(record: DomainRecord): void {
    if (record.type === 'session') this.open(record.row.id);
    else if (record.type === 'session-ended') this.boxesBySession.delete(record.session);
    else if (record.type === 'connection-ended') this.boxesBySession.get(record.session)?.delete(record.connection);
    else if (record.type === 'connection' && record.row.joined) {
      const boxes = this.open(record.row.session);
      if (!boxes.has(record.row.id)) boxes.set(record.row.id, new Mailbox());
    }
  }

  /** Puts `payload` into the mailboxes of `audience`; `each` hears of every one. */
  deliver(session: string, audience: Audience, payload: Payload, each?: (connection: string, box: Mailbox) => void): void {
    const boxes = this.boxesBySession.get(session);
    if (!boxes) return;
    if (!audience.all) {
      for (const id of audience.to) {
        const box = boxes.get(id);
        if (!box) continue;
        box.push(payload);
        each?.(id, box);
      }
      return;
    }
    for (const [id, box] of boxes) {
      if (id === audience.except) continue;
      box.push(payload);
      each?.(id, box);
    }
  }

  /** Forgets the numbers of a connection that joins anew on its seat. */
  reset(session: string, connection: string): Mailbox {
    const box = new Mailbox();
    this.open(session).set(connection, box);
    return box;
  }

  /** After a restart: makes `record` true. Without limits, a mailbox would hold all that was ever sent: `limits` bound it. */
  restore(record: MailRecord, limits: MailboxLimits): void {
    if (!this.boxesBySession.has(record.session)) return; // its image stands later in the journal
    switch (record.type) {
      case 'deliver':
        return this.deliver(record.session, record.audience, payloadOf(record.message), (_, box) => box.trim(limits));
      case 'received': {
        const box = this.box(record.session, record.connection);
        if (box) box.received = Math.max(box.received, record.seq);
        return;
      }
      case 'mailbox-reset':
        this.reset(record.session, record.connection);
        return;
      case 'mailbox':
        this.reset(record.session, record.connection).restore(record.sent, record.received, record.unacked.map(payloadOf));
    }
  }

  /** Records that make the mailboxes of `session` what they are now. */
  *image(session: string): Generator<string> {
    for (const [connection, box] of this.boxesBySession.get(session) ?? []) {
      const head = JSON.stringify({ type: 'mailbox', session, connection, sent: box.sent, received: box.received });
      const unacked = box.unacked().map(({ text }) => text);
      yield `${head.slice(0, -1)},"unacked":[${unacked.join(',')}]}`;
    }
  }

  private open(session: string): Map<string, Mailbox> {
    let boxes = this.boxesBySession.get(session);
    if (!boxes) this.boxesBySession.set(session, (boxes = new Map()));
    return boxes;
  }
}
