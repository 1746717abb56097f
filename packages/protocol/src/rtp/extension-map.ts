import { STOP_ID } from './extension-form.js';
import type { RtpPacketView } from './packet-view.js';
import type { RtpPacketWriter } from './packet-writer.js';

/**
 * Which id each extension of a packet gets on its way on: index is the id it comes with, value the id it leaves with, 0 where
 * the receiver negotiated no such extension and must not see it (S-57).
 */
export type ExtensionIdMap = Uint8Array;

/** A map that lets nothing through; fill in what was negotiated at both ends. */
export function newExtensionIdMap(): ExtensionIdMap {
  return new Uint8Array(256);
}

/**
 * Gives the elements of the packet their new ids where they are; nothing moves. What the map does not let through, and what
 * the one-byte form cannot say, becomes padding (RFC 8285 §4.1); an extension of another profile is blanked whole.
 */
export function remapExtensions(view: RtpPacketView, map: ExtensionIdMap): void {
  const { bytes, extensionForm: form } = view;
  const end = view.extensionOffset + view.extensionBytes;
  let understoodTo = view.extensionOffset;
  view.rewindExtensions();
  while (view.nextExtension()) {
    const { valueOffset, valueBytes } = view;
    const id = map[view.elementId]!;
    const headAt = valueOffset - (form === 'one-byte' ? 1 : 2);
    blank(bytes, understoodTo, headAt);
    understoodTo = valueOffset + valueBytes;
    if (id === 0 || (form === 'one-byte' && id >= STOP_ID)) blank(bytes, headAt, understoodTo);
    else bytes[headAt] = form === 'one-byte' ? (id << 4) | (valueBytes - 1) : id;
  }
  blank(bytes, understoodTo, end);
}

/** Copies what the map lets through into the packet that `writer` has begun, which may be of the other form. */
export function copyExtensions(view: RtpPacketView, map: ExtensionIdMap, writer: RtpPacketWriter): void {
  view.rewindExtensions();
  while (view.nextExtension()) {
    const id = map[view.elementId]!;
    if (id !== 0) writer.copyExtension(id, view.bytes, view.valueOffset, view.valueBytes);
  }
}

function blank(bytes: Uint8Array, from: number, to: number): void {
  for (let i = from; i < to; i++) bytes[i] = 0;
}
