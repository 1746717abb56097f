import { invalidState } from './exceptions.js';

/** One holder's share of something that clones have together and nobody changes (W3C webcodecs, "media resource"). */
export class Share<Resource> {
  constructor(
    private held: Resource | undefined,
    /** What holds it, as errors name it. */
    private readonly holder: string,
  ) {}

  /** Undefined once it was given up. */
  get resource(): Resource | undefined {
    return this.held;
  }

  /** Throws once it was given up. */
  demand(): Resource {
    if (this.held === undefined) throw invalidState(`The ${this.holder} is closed`);
    return this.held;
  }

  /** For another holder: each gives up its own. */
  again(): Share<Resource> {
    return new Share(this.demand(), this.holder);
  }

  giveUp(): void {
    this.held = undefined;
  }
}
