/** Version of this SDK, as it tells servers. */
export const VERSION = '0.1.0';
