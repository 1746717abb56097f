import type { Attribute } from '../tree.js';

/** `a=fmtp` (RFC 8866 §6.15): parameters of a format, as its payload document defines them. */
export interface FormatParameters {
  readonly format: string;
  /** The text after the format. {@link parseParameters} reads the usual `name=value;…` shape. */
  readonly parameters: string;
}

export function parseFmtp(value: string): FormatParameters | undefined {
  const space = value.indexOf(' ');
  return space < 1 ? undefined : { format: value.slice(0, space), parameters: value.slice(space + 1) };
}

export function formatFmtp({ format, parameters }: FormatParameters): Attribute {
  return { name: 'fmtp', value: `${format} ${parameters}` };
}

/** `name=value;name=value`, names in lower case; a part without `=` (RED's `111/111`) is a name without value. */
export function parseParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of text.split(';')) {
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name !== '' && !parameters.has(name)) parameters.set(name, equals < 0 ? '' : part.slice(equals + 1).trim());
  }
  return parameters;
}
