import { Malformed, type Path } from '../core/index.js';
import { decodeStunMessage, isStun, Username } from '../stun/index.js';

/**
 * Finds whose a datagram on a shared UDP port is: by path, once its owner has said that the path is verified (event
 * 'path-verified'), and before that by the ufrag in a check's USERNAME (RFC 8445 §7.2.2).
 *
 *     const agent = demultiplexer.ownerOf(bytes, path);
 *     agent?.receive(now, bytes, path);
 */
export class StunDemultiplexer<Owner> {
  private readonly byUfrag = new Map<string, Owner>();
  private readonly byPath = new Map<Path, Owner>();
  private readonly pathsOf = new Map<Owner, Set<Path>>();

  get ownerCount(): number {
    return this.byUfrag.size;
  }

  get pathCount(): number {
    return this.byPath.size;
  }

  /** Checks for `ufrag` go to `owner` from now on; a restart adds a second ufrag. Throws RangeError when another has it. */
  add(ufrag: string, owner: Owner): void {
    const holder = this.byUfrag.get(ufrag);
    if (holder !== undefined && holder !== owner) throw new RangeError(`ufrag "${ufrag}" is taken`);
    this.byUfrag.set(ufrag, owner);
  }

  removeUfrag(ufrag: string): void {
    this.byUfrag.delete(ufrag);
  }

  /** `path` is `owner`'s: only for paths on which a check was authentic, or strangers could claim them. */
  claim(path: Path, owner: Owner): void {
    const before = this.byPath.get(path);
    if (before !== undefined) this.pathsOf.get(before)?.delete(path);
    this.byPath.set(path, owner);
    const paths = this.pathsOf.get(owner);
    if (paths) paths.add(path);
    else this.pathsOf.set(owner, new Set([path]));
  }

  /** Forgets all that is `owner`'s. */
  remove(owner: Owner): void {
    for (const [ufrag, holder] of this.byUfrag) if (holder === owner) this.byUfrag.delete(ufrag);
    for (const path of this.pathsOf.get(owner) ?? []) this.byPath.delete(path);
    this.pathsOf.delete(owner);
  }

  /** Whose the datagram is; undefined when nobody's, and then nothing was remembered. */
  ownerOf(bytes: Uint8Array, path: Path): Owner | undefined {
    const owner = this.byPath.get(path);
    if (owner === undefined) return this.ownerOfCheck(bytes);
    if (bytes.length === 0 || bytes[0]! > 3) return owner;
    return this.ownerOfCheck(bytes) ?? owner; // another session may begin on a path that an old one used
  }

  /** Whose generation a connectivity check names, whoever sent it; undefined for what is no check, or nobody's. */
  ownerOfCheck(bytes: Uint8Array): Owner | undefined {
    const ufrag = ufragOfCheck(bytes);
    return ufrag === undefined ? undefined : this.byUfrag.get(ufrag);
  }
}

/** The ufrag whose owner a connectivity check is for; undefined for what is no check. */
export function ufragOfCheck(bytes: Uint8Array): string | undefined {
  if (!isStun(bytes)) return undefined;
  const message = decodeStunMessage(bytes);
  if (message instanceof Malformed || message.messageClass !== 'request') return undefined;
  const username = message.value(Username);
  const colon = username?.indexOf(':') ?? -1;
  return colon > 0 ? username!.slice(0, colon) : undefined;
}
