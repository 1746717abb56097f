/** What browsers report when a server cannot be reached (W3C webrtc, RTCPeerConnectionIceErrorEvent). */
export const UNREACHABLE = 701;
