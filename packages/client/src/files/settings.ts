/** Limits of the file engine; each has a sensible default. */
export interface FileSettings {
  /** Offers that one person may have open with us at once; more are declined by themselves. Default 64. */
  readonly maxOpenOffers?: number;
  /** Largest file that we let somebody offer us. Default 1 TiB. */
  readonly maxSizeBytes?: number;
}
