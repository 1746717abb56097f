import { SEAL_INTS, type SealBatch, SealField } from '@maru/protocol/srtp';

/** Rows of a batch, those of one address together, as they came otherwise: what one key needs is then made once, and one end is sent to in a row. */
export class BatchOrder {
  /** The numbers of rows. */
  rows = new Int32Array(0);
  /** By row: the next of the same address, or -1. By its number: the first of an address. */
  private following = new Int32Array(0);
  private firsts = new Int32Array(0);
  /** By address: its last row so far and 1; 0 between two batches. */
  private lasts = new Int32Array(64);

  sort({ table, count }: SealBatch): void {
    if (this.rows.length < count) this.grow(count);
    const { rows, following, firsts } = this;
    let addresses = 0;
    for (let row = 0; row < count; row++) {
      const address = addressOf(table, row);
      if (address >= this.lasts.length) this.growLasts(address);
      const last = this.lasts[address]!;
      if (last === 0) firsts[addresses++] = row;
      else following[last - 1] = row;
      following[row] = -1;
      this.lasts[address] = row + 1;
    }
    let sorted = 0;
    for (let i = 0; i < addresses; i++) {
      this.lasts[addressOf(table, firsts[i]!)] = 0;
      for (let row = firsts[i]!; row >= 0; row = following[row]!) rows[sorted++] = row;
    }
  }

  private grow(count: number): void {
    const rows = 2 ** Math.ceil(Math.log2(count));
    this.rows = new Int32Array(rows);
    this.following = new Int32Array(rows);
    this.firsts = new Int32Array(rows);
  }

  private growLasts(address: number): void {
    const grown = new Int32Array(2 ** Math.ceil(Math.log2(address + 1)));
    grown.set(this.lasts);
    this.lasts = grown;
  }
}

/** What is no address goes nowhere, wherever it stands. */
function addressOf(table: Int32Array, row: number): number {
  return Math.max(0, table[row * SEAL_INTS + SealField.address]!);
}
