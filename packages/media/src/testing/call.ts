import { type MediaKind, type MediaStreamTrack, RTCPeerConnection, RTCRtpSender } from '@maru/webrtc';

/** Two connections of one process that are called together. */
export class Call {
  readonly from = new RTCPeerConnection();
  readonly to = new RTCPeerConnection();

  /** Sends `tracks`; resolves with what arrives, in the same order. Video goes in `codec`, where that is given. */
  async send(tracks: readonly MediaStreamTrack[], codec?: string): Promise<MediaStreamTrack[]> {
    const { from, to } = this;
    from.onicecandidate = ({ candidate }) => void to.addIceCandidate(candidate ?? undefined);
    to.onicecandidate = ({ candidate }) => void from.addIceCandidate(candidate ?? undefined);
    for (const track of tracks) {
      const { sender } = from.addTransceiver(track, { direction: 'sendonly' });
      const transceiver = from.getTransceivers().find((one) => one.sender === sender);
      if (codec && track.kind === 'video') transceiver?.setCodecPreferences(only(codec, track.kind));
    }
    await from.setLocalDescription();
    await to.setRemoteDescription(from.localDescription!);
    await to.setLocalDescription();
    await from.setRemoteDescription(to.localDescription!);
    return to.getReceivers().map(({ track }) => track);
  }

  /** Resolves when both ends are connected: before, the one that comes later drops what it is sent. */
  async connected(): Promise<void> {
    for (const end of [this.from, this.to])
      await new Promise<void>((resolve) => {
        const look = (): void => (end.connectionState === 'connected' ? resolve() : undefined);
        end.onconnectionstatechange = look;
        look();
      });
  }

  close(): void {
    this.from.close();
    this.to.close();
  }
}

function only(codec: string, kind: MediaKind) {
  const { codecs = [] } = RTCRtpSender.getCapabilities(kind) ?? {};
  return codecs.filter(({ mimeType }) => mimeType.toLowerCase() === `video/${codec.toLowerCase()}`);
}
