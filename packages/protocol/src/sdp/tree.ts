/** One `a=` line (RFC 8866 §5.13). `a=mid:0` has a value, `a=rtcp-mux` has none, and `a=foo:` has an empty one. */
export interface Attribute {
  readonly name: string;
  readonly value?: string;
}

/** The `o=` line (RFC 8866 §5.2). The two numbers stay text: they may need 64 bits. */
export interface Origin {
  readonly username: string;
  readonly sessionId: string;
  readonly sessionVersion: string;
  readonly networkType: string;
  readonly addressType: string;
  readonly address: string;
}

/** A `c=` line (RFC 8866 §5.7); `address` keeps a multicast TTL or count if there is one. */
export interface Connection {
  readonly networkType: string;
  readonly addressType: string;
  readonly address: string;
}

/** A `b=` line (RFC 8866 §5.8), `AS` in kbit/s, `TIAS` in bit/s. */
export interface Bandwidth {
  readonly type: string;
  readonly value: number;
}

/** A `t=` line with the `r=` lines below it (RFC 8866 §5.9, §5.10), as text. WebRTC always says `0 0`. */
export interface Timing {
  readonly time: string;
  readonly repeats: readonly string[];
}

/** What the session level and every media section have alike. */
export interface DescriptionLevel {
  readonly bandwidths: readonly Bandwidth[];
  /** In the order of the text, which carries meaning for some of them. */
  readonly attributes: readonly Attribute[];
  /** Lines of a type that RFC 8866 does not know, whole: ignored and kept. */
  readonly unknownLines: readonly string[];
}

/** An `m=` line and all that belongs to it (RFC 8866 §5.14). */
export interface MediaSection extends DescriptionLevel {
  /** `audio`, `video`, `application`, … */
  readonly kind: string;
  /** 0 says that the section is rejected or unused; 9 that candidates tell the port. */
  readonly port: number;
  /** The number after the slash of `49170/2`. */
  readonly portCount?: number;
  /** `UDP/TLS/RTP/SAVPF`, `UDP/DTLS/SCTP`, … */
  readonly protocol: string;
  /** Payload types, or `webrtc-datachannel`. */
  readonly formats: readonly string[];
  readonly information?: string;
  readonly connections: readonly Connection[];
  readonly key?: string;
}

/** A whole session description (RFC 8866 §5) as plain values: what was not understood is kept, so that it can be written back. */
export interface SessionTree extends DescriptionLevel {
  readonly origin: Origin;
  readonly name: string;
  readonly information?: string;
  readonly uri?: string;
  readonly emails: readonly string[];
  readonly phones: readonly string[];
  readonly connection?: Connection;
  readonly timings: readonly Timing[];
  readonly zone?: string;
  readonly key?: string;
  readonly media: readonly MediaSection[];
}

/** The value of the first attribute `name`, `''` if it is there without one, undefined if it is not there. */
export function attributeValue(level: DescriptionLevel, name: string): string | undefined {
  for (const attribute of level.attributes) if (attribute.name === name) return attribute.value ?? '';
  return undefined;
}

/** The values of all attributes `name`, in order. */
export function attributeValues(level: DescriptionLevel, name: string): string[] {
  const values: string[] = [];
  for (const attribute of level.attributes) if (attribute.name === name) values.push(attribute.value ?? '');
  return values;
}

export function hasAttribute(level: DescriptionLevel, name: string): boolean {
  return level.attributes.some((attribute) => attribute.name === name);
}

/** `level` with its attributes `name` gone and those of `replacement` in the place of the first, else at the end. */
export function replaceAttributes<Level extends DescriptionLevel>(
  level: Level,
  name: string,
  replacement: readonly Attribute[],
): Level {
  const first = level.attributes.findIndex((attribute) => attribute.name === name);
  const kept = level.attributes.filter((attribute) => attribute.name !== name);
  kept.splice(first < 0 ? kept.length : first, 0, ...replacement);
  return { ...level, attributes: kept };
}
