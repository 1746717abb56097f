import { ByteQueue } from './byte-queue.js';

const PAGE_HEADER_BYTES = 27;
const CAPTURE_PATTERN = Buffer.from('OggS');
/** OpusHead and OpusTags (RFC 7845 §3) come before the sound. */
const HEADER_PACKETS = 2;

/** Opus packets of an Ogg stream as it comes (RFC 3533 §6, RFC 7845). */
export class OggReader {
  private readonly queue = new ByteQueue();
  private packetCount = 0;
  /** The beginning of a packet that goes on with the next segment. */
  private readonly partial: Uint8Array[] = [];

  constructor(private readonly give: (packet: Uint8Array) => void) {}

  /** False when the bytes are no Ogg. */
  push(bytes: Uint8Array): boolean {
    const { queue } = this;
    queue.push(bytes);
    for (;;) {
      const header = queue.peek(PAGE_HEADER_BYTES);
      if (!header) return true;
      if (CAPTURE_PATTERN.compare(header, 0, 4) !== 0) return false;
      const segmentCount = header[26]!;
      const table = queue.peek(PAGE_HEADER_BYTES + segmentCount)?.subarray(PAGE_HEADER_BYTES);
      if (!table) return true;
      const size = table.reduce((sum, segment) => sum + segment, 0);
      const page = queue.take(PAGE_HEADER_BYTES + segmentCount + size);
      if (!page) return true;
      this.takeSegments(table, page.subarray(PAGE_HEADER_BYTES + segmentCount));
    }
  }

  private takeSegments(table: Uint8Array, body: Uint8Array): void {
    let at = 0;
    for (const size of table) {
      this.partial.push(body.subarray(at, at + size));
      at += size;
      if (size === 255) continue; // the packet goes on
      const packet = new Uint8Array(Buffer.concat(this.partial.splice(0)));
      this.packetCount += 1;
      if (this.packetCount > HEADER_PACKETS) this.give(packet);
    }
  }
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let register = index << 24;
  for (let bit = 0; bit < 8; bit++) register = register & 0x80000000 ? (register << 1) ^ 0x04c11db7 : register << 1;
  return register >>> 0;
});

function checksum(bytes: Uint8Array): number {
  let register = 0;
  for (const byte of bytes) register = ((register << 8) ^ CRC_TABLE[(register >>> 24) ^ byte]!) >>> 0;
  return register;
}

/** Writes Opus packets as an Ogg stream, a page for each packet, so that none waits for the next. */
export class OggWriter {
  private sequence = 0;
  private granule = 0n;

  constructor(
    private readonly channels: number,
    private readonly put: (page: Uint8Array) => void,
  ) {}

  /** The two packets before the sound. */
  begin(): void {
    const head = Buffer.alloc(19);
    head.write('OpusHead');
    head.writeUInt8(1, 8);
    head.writeUInt8(this.channels, 9);
    head.writeUInt32LE(48_000, 12);
    const tags = Buffer.alloc(16);
    tags.write('OpusTags');
    this.page(head, 2);
    this.page(tags, 0);
  }

  /** `samples` at 48 kHz that the packet lasts. */
  packet(data: Uint8Array, samples: number): void {
    this.granule += BigInt(samples);
    this.page(data, 0);
  }

  private page(packet: Uint8Array, flags: number): void {
    const segmentCount = Math.floor(packet.length / 255) + 1;
    const page = Buffer.alloc(PAGE_HEADER_BYTES + segmentCount + packet.length);
    page.set(CAPTURE_PATTERN);
    page.writeUInt8(flags, 5);
    page.writeBigUInt64LE(this.granule, 6);
    page.writeUInt32LE(1, 14); // the stream's serial number
    page.writeUInt32LE(this.sequence++, 18);
    page.writeUInt8(segmentCount, 26);
    page.fill(255, PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + segmentCount - 1);
    page.writeUInt8(packet.length % 255, PAGE_HEADER_BYTES + segmentCount - 1);
    page.set(packet, PAGE_HEADER_BYTES + segmentCount);
    page.writeUInt32LE(checksum(page), 22);
    this.put(page);
  }
}
