/**
 * What a video payload says about the frame that it is a part of: reused from packet to packet. Numbers that a codec or a packet
 * does not tell are -1, counts 0.
 */
export class PayloadInfo {
  /** Where the bytes of the codec begin, after the payload descriptor. */
  descriptorBytes = 0;
  /** Whether a frame (of VP9: a layer frame) begins with this payload for certain. */
  isFrameStart = false;
  /** Whether with it begins what a decoder takes: of VP9 the whole picture, in other codecs the frame. */
  isPictureStart = false;
  /** Whether it says itself that the frame ends; in most codecs only the RTP marker does. */
  isFrameEnd = false;
  /** Whether the payload itself shows that decoding may start with its frame. Often only the first payload of a frame does. */
  isKeyFrame = false;
  temporalId = 0;
  spatialId = 0;
  /** VP8, VP9: counts pictures in `pictureIdBits` bits, 7 or 15. */
  pictureId = -1;
  pictureIdBits = 0;
  /** VP8, VP9: counts pictures of the base temporal layer, 8 bits. */
  tl0PicIdx = -1;
  /** VP8: 0 to 31, or -1. */
  keyIndex = -1;
  /** The frame leans on the base temporal layer alone (Y of VP8, U of VP9). */
  isLayerSync = false;
  /** No other frame leans on this one: N of VP8, a nal_ref_idc of 0 in H.264. */
  isDiscardable = false;
  /** VP9: leans on no earlier picture (the reverse of P). */
  isIntraPicture = false;
  isFlexibleMode = false;
  /** VP9: leans on the lower spatial layer of the picture (D). */
  isInterLayerPredicted = false;
  /** VP9: no higher spatial layer leans on it (Z). */
  isNotReferencedByUpperLayer = false;
  /** VP9 in flexible mode: how many of {@link pictureDiffs} hold. */
  pictureDiffCount = 0;
  readonly pictureDiffs = new Int32Array(3);
  /** Of a key frame whose size the payload tells; 0 otherwise. Up to what the codec can say, so check before allocating. */
  width = 0;
  height = 0;

  reset(): this {
    this.descriptorBytes = 0;
    this.isFrameStart = false;
    this.isPictureStart = false;
    this.isFrameEnd = false;
    this.isKeyFrame = false;
    this.temporalId = 0;
    this.spatialId = 0;
    this.pictureId = -1;
    this.pictureIdBits = 0;
    this.tl0PicIdx = -1;
    this.keyIndex = -1;
    this.isLayerSync = false;
    this.isDiscardable = false;
    this.isIntraPicture = false;
    this.isFlexibleMode = false;
    this.isInterLayerPredicted = false;
    this.isNotReferencedByUpperLayer = false;
    this.pictureDiffCount = 0;
    this.width = 0;
    this.height = 0;
    return this;
  }
}
