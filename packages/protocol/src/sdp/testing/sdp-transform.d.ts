/** The part of sdp-transform, our reference in tests, that is compared with. */
declare module 'sdp-transform' {
  interface Fingerprint {
    readonly type: string;
    readonly hash: string;
  }
  interface Media {
    readonly type: string;
    readonly port: number;
    readonly protocol: string;
    readonly payloads: string | number;
    readonly mid: string | number;
    readonly iceUfrag: string | number;
    readonly icePwd: string;
    readonly fingerprint?: Fingerprint;
    readonly candidates?: readonly unknown[];
    readonly rtcpMux?: string;
    readonly direction?: string;
    readonly rtp: readonly {
      readonly payload: number;
      readonly codec: string;
      readonly rate: number;
      readonly encoding?: number;
    }[];
    readonly fmtp: readonly { readonly payload: number; readonly config: string }[];
    readonly ext?: readonly { readonly uri: string }[];
    readonly ssrcs?: readonly { readonly id: number }[];
    readonly sctpPort?: number;
    readonly maxMessageSize?: number;
  }
  export function parse(text: string): {
    readonly origin: { readonly username: string; readonly address: string };
    readonly name: string;
    readonly groups?: readonly { readonly mids: string | number }[];
    readonly fingerprint?: Fingerprint;
    readonly media: readonly Media[];
  };
}
