import { once } from 'node:events';
import { type RTCConfiguration, type RTCDataChannel, RTCPeerConnection } from '@maru/webrtc';

/** What a description says of its sender, as an attacker would like to know it. */
export interface Described {
  readonly address: string;
  readonly port: number;
  readonly ufrag: string;
  readonly password: string;
}

const field = (sdp: string, pattern: RegExp): string => pattern.exec(sdp)?.[1] ?? '';

/** The UDP host candidate over IPv4, and the credentials, of a whole description. */
export function described(sdp: string): Described {
  const [, address = '', port = ''] = / udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/i.exec(sdp) ?? [];
  if (!address) throw new Error(`no UDP host candidate over IPv4 in\n${sdp}`);
  return { address, port: Number(port), ufrag: field(sdp, /a=ice-ufrag:(\S+)/), password: field(sdp, /a=ice-pwd:(\S+)/) };
}

/** `sdp` with that one host candidate and no other, at another port where one is given. */
export function onlyReachableAt(sdp: string, port = described(sdp).port): string {
  const { address } = described(sdp);
  const lines = sdp.split('\r\n').filter((line) => !line.startsWith('a=candidate:'));
  const end = lines.indexOf('a=end-of-candidates');
  lines.splice(end < 0 ? -1 : end, 0, `a=candidate:1 1 udp 2130706431 ${address} ${port} typ host`);
  return lines.join('\r\n');
}

/** Resolves with the whole description of `pc`, candidates included. */
export async function describeWhole(pc: RTCPeerConnection): Promise<string> {
  await pc.setLocalDescription();
  while (pc.iceGatheringState !== 'complete') await once(pc, 'icegatheringstatechange');
  return pc.localDescription!.sdp;
}

/** Resolves once `pc` has failed or closed, with which of them. */
export async function endOf(pc: RTCPeerConnection): Promise<string> {
  while (!['failed', 'closed'].includes(pc.connectionState)) await once(pc, 'connectionstatechange');
  return pc.connectionState;
}

export interface CallOptions {
  readonly a?: RTCConfiguration;
  readonly b?: RTCConfiguration;
  /** What signalling does to a's offer and to b's answer on the way. */
  offer?(sdp: string): string;
  answer?(sdp: string): string;
  /** Called once both descriptions are made, before either side may check the other. */
  described?(a: Described, b: Described): void | Promise<void>;
}

/** Two connections of ours on real sockets. b is the DTLS client, as answerers are. */
export class LiveCall {
  readonly a: RTCPeerConnection;
  readonly b: RTCPeerConnection;
  readonly channel: RTCDataChannel;
  /** Whether a data channel of either side was ever open. */
  hasOpened = false;
  private readonly echoes: (() => void)[] = [];

  private constructor({ a, b }: CallOptions) {
    this.a = new RTCPeerConnection(a);
    this.b = new RTCPeerConnection(b);
    this.channel = this.a.createDataChannel('chat');
    this.channel.onopen = () => {
      this.hasOpened = true;
    };
    this.channel.onmessage = () => this.echoes.shift()?.();
    this.b.ondatachannel = ({ channel }) => {
      this.hasOpened = true;
      channel.onmessage = ({ data }) => channel.send(data);
    };
  }

  /** Negotiates; what comes of it is for {@link opened} and {@link ended} to tell. */
  static async begin(options: CallOptions = {}): Promise<LiveCall> {
    const call = new LiveCall(options);
    try {
      await call.negotiate(options);
    } catch (error) {
      call.close();
      throw error;
    }
    return call;
  }

  /** A call with an open channel. */
  static async open(options: CallOptions = {}): Promise<LiveCall> {
    const call = await LiveCall.begin(options);
    await call.opened();
    return call;
  }

  /** Also an offer that is not the first one. */
  async negotiate({ offer = (same) => same, answer = (same) => same, described: tell }: CallOptions = {}): Promise<void> {
    const offered = await describeWhole(this.a);
    await this.b.setRemoteDescription({ type: 'offer', sdp: offer(offered) });
    const answered = await describeWhole(this.b);
    await tell?.(described(offered), described(answered));
    await this.a.setRemoteDescription({ type: 'answer', sdp: answer(answered) });
  }

  async opened(): Promise<void> {
    if (this.channel.readyState !== 'open') await once(this.channel, 'open');
  }

  /** Resolves once ICE has come to its end on both sides: until then a better pair may yet take the place of the first that worked. */
  async concluded(): Promise<void> {
    for (const { sctp } of [this.a, this.b]) {
      const ice = sctp!.transport.iceTransport;
      while (ice.state !== 'completed') await once(ice, 'statechange');
    }
  }

  /** Resolves once both ends have failed or closed, with their states. */
  ended(): Promise<string[]> {
    return Promise.all([this.a, this.b].map(endOf));
  }

  /** Resolves once a message has gone there and come back. */
  async echo(): Promise<void> {
    const back = new Promise<void>((resolve) => this.echoes.push(resolve));
    this.channel.send('are you there');
    await back;
  }

  /** Both ends' states and addresses, to compare before with after. */
  standing(): unknown {
    return [this.a, this.b].map((pc) => {
      const pair = pc.sctp?.transport.iceTransport.getSelectedCandidatePair();
      const ends = [pair?.local, pair?.remote].map((one) => `${one?.address}:${one?.port}`);
      return [pc.connectionState, pc.sctp?.transport.state, ...ends];
    });
  }

  close(): void {
    this.a.close();
    this.b.close();
  }
}
