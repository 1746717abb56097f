import { parseInteger } from '../integer.js';

/** `a=candidate` as text has it (RFC 8839 §5.1, RFC 6544 §4.5): well formed, and not yet judged. */
export interface CandidateAttribute {
  readonly foundation: string;
  readonly component: number;
  /** As written: `udp`, `UDP`, `tcp`, … */
  readonly transport: string;
  readonly priority: number;
  /** An IP address or a name. */
  readonly address: string;
  readonly port: number;
  /** `host`, `srflx`, `prflx`, `relay`. */
  readonly type: string;
  readonly relatedAddress: string | undefined;
  readonly relatedPort: number | undefined;
  readonly tcpType: string | undefined;
  /** What follows, such as `generation` and `ufrag`, in order. */
  readonly extensions: readonly { readonly name: string; readonly value: string }[];
}

const MAX_PRIORITY = 2 ** 32 - 1;

/** Reads `candidate:…` with or without that name and an `a=`; undefined if it is no candidate. */
export function parseCandidateAttribute(text: string): CandidateAttribute | undefined {
  const words = text
    .replace(/^(?:a=)?candidate:/, '')
    .trim()
    .split(/ +/);
  const [foundation = '', componentText = '', transport = '', priorityText = '', address = '', portText = '', typ, type = ''] =
    words;
  const component = parseInteger(componentText, 65_535);
  const priority = parseInteger(priorityText, MAX_PRIORITY);
  const port = parseInteger(portText, 65_535);
  if (component === undefined || priority === undefined || port === undefined || typ !== 'typ' || type === '') return undefined;
  if (!/^[A-Za-z0-9+/]{1,64}$/.test(foundation) || words.length % 2 !== 0) return undefined;
  const tail = readTail(words.slice(8));
  return tail && { foundation, component, transport, priority, address, port, type, ...tail };
}

type Tail = Pick<CandidateAttribute, 'relatedAddress' | 'relatedPort' | 'tcpType' | 'extensions'>;

function readTail(words: readonly string[]): Tail | undefined {
  let relatedAddress: string | undefined;
  let relatedPort: number | undefined;
  let tcpType: string | undefined;
  const extensions: { name: string; value: string }[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [name, value] = [words[i]!, words[i + 1]!];
    if (name === 'raddr') relatedAddress = value;
    else if (name === 'rport') relatedPort = parseInteger(value, 65_535);
    else if (name === 'tcptype') tcpType = value;
    else extensions.push({ name, value });
    if (name === 'rport' && relatedPort === undefined) return undefined;
  }
  return { relatedAddress, relatedPort, tcpType, extensions };
}
