import { VirtualNetwork } from '@maru/netsim';
import { generateCertificateSync, nodeCrypto } from '@maru/node';
import { NEVER, SeededRandom, SILENT_LOG } from '@maru/protocol/core';
import { DataChannels } from '@maru/protocol/datachannel';
import { fingerprintOf } from '@maru/protocol/dtls';
import { PeerTransport } from '@maru/protocol/transport';

const certificate = generateCertificateSync();
const fingerprint = fingerprintOf(nodeCrypto, certificate.chain[0]);

/** The whole stack below RTCPeerConnection on a virtual host, with the smallest driver there can be. */
class SimulatedEnd {
  constructor(host, role, seed) {
    const context = { random: new SeededRandom(seed), crypto: nodeCrypto, log: SILENT_LOG };
    this.host = host;
    this.candidates = [];
    this.receivedBytes = 0;
    this.opened = [];
    this.cancelTimer = () => {};
    this.armedFor = NEVER;
    this.onSettled = () => {};
    this.transport = new PeerTransport({ ice: { role }, certificate }, context);
    this.channels = new DataChannels({ maxMessageBytes: 262_144, remoteMaxMessageBytes: 262_144 }, context);
    this.transport.attach(this.now, this.channels);
  }

  get now() {
    return this.host.clock.now();
  }

  settle() {
    this.transport.drain(this);
    this.onSettled();
    const { deadline } = this.transport;
    if (deadline >= this.armedFor) return;
    this.cancelTimer();
    this.armedFor = deadline;
    this.cancelTimer = this.host.clock.schedule(deadline, () => {
      this.armedFor = NEVER;
      this.transport.advance(this.now);
      this.settle();
    });
  }

  datagram(bytes, path) {
    this.transport.receive(this.now, bytes, path);
  }

  settled() {
    this.settle();
  }

  transmit(bytes, path, socket) {
    socket.send(bytes, path);
  }

  write() {}

  iceEvent(event) {
    if (event.type === 'open-udp') {
      const socket = this.host.bindDatagram(event.address);
      socket.receiver = this;
      this.transport.ice.datagramOpened(this.now, event.request, socket);
    }
    if (event.type === 'close-datagram') event.socket.close();
    if (event.type === 'candidate') this.candidates.push(event.candidate);
  }

  dtlsEvent() {}

  channelEvent(event) {
    if (event.type === 'channel-opened') this.opened.push(event.channel);
  }

  message(_channel, _kind, bytes) {
    this.receivedBytes += bytes.length;
  }
}

/** Two connected ends with a channel from the first to the second, over `link` each way. Time is virtual: nothing here waits. */
export function simulatedCall(link, seed = 1) {
  const network = new VirtualNetwork({ seed });
  const host = (name, address) => network.addHost(name, { addresses: [address], up: link, down: {} });
  const a = new SimulatedEnd(host('a', '192.0.2.1'), 'controlling', seed);
  const b = new SimulatedEnd(host('b', '198.51.100.1'), 'controlled', seed + 1);
  for (const end of [a, b]) {
    end.transport.ice.gather(end.now, end.host.hostAddresses());
    end.settle();
  }
  network.clock.run(0);
  const key = a.channels.open(a.now, { label: 'bench', protocol: '', ordered: true, priority: 'low' });
  for (const [end, other, role] of [
    [a, b, 'client'],
    [b, a, 'server'],
  ]) {
    end.transport.ice.setRemote(end.now, other.transport.ice.localCredentials);
    for (const candidate of other.candidates) end.transport.ice.addRemoteCandidate(end.now, candidate);
    end.transport.agree(end.now, { role, remoteFingerprints: [fingerprint] });
    end.settle();
  }
  return { network, a, b, key };
}
