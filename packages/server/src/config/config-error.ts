/** Something that the operator must change. The message says what, and how. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
