import type { Path } from '@maru/protocol/core';

/** Paths of one socket that are kept; strangers can send from any number of addresses. */
const MAX_PATHS = 8_192;

/** Interns the paths of one socket: the same remote end is the same object, until so many others came that it was forgotten. */
export class PathTable {
  private paths = new Map<string, Map<number, Path>>();
  private older: Map<string, Map<number, Path>> | undefined;
  private count = 0;

  constructor(
    private readonly localAddress: string,
    private readonly localPort: number,
  ) {}

  get(remoteAddress: string, remotePort: number): Path {
    return this.paths.get(remoteAddress)?.get(remotePort) ?? this.intern(remoteAddress, remotePort);
  }

  private intern(remoteAddress: string, remotePort: number): Path {
    if (this.count >= MAX_PATHS) this.turn();
    const known = this.older?.get(remoteAddress)?.get(remotePort);
    const path = known ?? { localAddress: this.localAddress, localPort: this.localPort, remoteAddress, remotePort };
    let ports = this.paths.get(remoteAddress);
    if (!ports) this.paths.set(remoteAddress, (ports = new Map()));
    ports.set(remotePort, path);
    this.count += 1;
    return path;
  }

  /** Forgets the paths that were not used since the last turn. */
  private turn(): void {
    this.older = this.paths;
    this.paths = new Map();
    this.count = 0;
  }
}
