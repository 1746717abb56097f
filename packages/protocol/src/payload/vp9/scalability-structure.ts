/** One picture of a group: what it leans on (RFC 9628 §4.2.1, N_G). */
export interface PictureOfGroup {
  readonly temporalId: number;
  /** U: from here on one may switch to this temporal layer. */
  readonly isSwitchingPoint: boolean;
  /** How many pictures back each reference is; up to three. */
  readonly pictureDiffs: readonly number[];
}

/** The scalability structure of a VP9 stream: SS data (RFC 9628 §4.2.1). */
export interface ScalabilityStructure {
  /** 1 to 8. */
  readonly spatialLayerCount: number;
  /** Of each spatial layer, where the sender tells. */
  readonly resolutions: readonly { readonly width: number; readonly height: number }[] | undefined;
  /** The pattern in which pictures lean on earlier ones (non-flexible mode); empty: N_G of 0; undefined: no G. */
  readonly group: readonly PictureOfGroup[] | undefined;
}
