import { ByteReader, ByteWriter } from '../../bytes/index.js';
import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, type Aead, type RandomSource } from '../../core/index.js';
import type { Allocation } from './allocation.js';

const CONTENT_BYTES = 10;
const TICKET_BYTES = AEAD_NONCE_BYTES + CONTENT_BYTES + AEAD_TAG_BYTES;
const NO_ADDITIONAL = new Uint8Array(0);

/** What a ticket stands for. */
export interface TicketContent {
  readonly allocationId: number;
  /** Of the allocation when the ticket was made: it is good for one move. */
  readonly generation: number;
}

/**
 * Mobility tickets (RFC 8016 §5): sealed, so that only this server makes and reads them. One names an allocation and is no proof of
 * anything: who brings it must have the credentials that the allocation was made with.
 */
export class MobilityTickets {
  constructor(
    private readonly aead: Aead,
    private readonly random: RandomSource,
  ) {}

  issue({ id, generation }: Allocation): Uint8Array {
    const ticket = new Uint8Array(TICKET_BYTES);
    const nonce = ticket.subarray(0, AEAD_NONCE_BYTES);
    this.random.fill(nonce);
    const content = new Uint8Array(CONTENT_BYTES);
    new ByteWriter(content).u48(id).u32(generation);
    this.aead.seal(nonce, NO_ADDITIONAL, content, ticket, AEAD_NONCE_BYTES);
    return ticket;
  }

  open(ticket: Uint8Array): TicketContent | undefined {
    if (ticket.length !== TICKET_BYTES) return undefined;
    const content = new Uint8Array(CONTENT_BYTES + AEAD_TAG_BYTES);
    const nonce = ticket.subarray(0, AEAD_NONCE_BYTES);
    if (this.aead.open(nonce, NO_ADDITIONAL, ticket.subarray(AEAD_NONCE_BYTES), content, 0) < 0) return undefined;
    const reader = new ByteReader(content);
    return { allocationId: reader.u48(), generation: reader.u32() };
  }
}
