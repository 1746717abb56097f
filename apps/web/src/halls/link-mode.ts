import { Mode, validate } from '@maru/signaling';

/** Path of a hall whose media travels in a way that somebody chose: the link says so, for a hall that has to be opened again. */
export function hallPath(hall: string, mode?: Mode): string {
  return mode === undefined ? `/h/${hall}` : `/h/${hall}?mode=${mode}`;
}

/** The way that the link in the address line names, if any. */
export function modeOfLink(search: string): Mode | undefined {
  const named = validate(Mode, new URLSearchParams(search).get('mode'));
  return named.ok ? named.value : undefined;
}
