/** `text` as a QR code made of block characters, for terminals. */
export async function terminalQrCode(text: string): Promise<string> {
  const { renderUnicodeCompact } = await import('uqr');
  return renderUnicodeCompact(text, { border: 2 });
}
