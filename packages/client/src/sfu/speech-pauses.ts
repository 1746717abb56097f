/**
 * The answer in `sdp`, as it should be taken by whoever speaks in the sections `mids`: their Opus is to send next to nothing while nobody
 * says anything (RFC 7587 §6.1, usedtx; RFC 6716 §2.1.9). Who listens to many on a slow line gets pictures for it. An answer may ask for
 * that at any time; what the server says of it is left as it is.
 */
export function withSpeechPauses(sdp: string, mids: ReadonlySet<string>): string {
  if (mids.size === 0) return sdp;
  const [session = '', ...sections] = sdp.split(/^(?=m=)/m);
  return session + sections.map((section) => (isOneOf(section, mids) ? pausing(section) : section)).join('');
}

function isOneOf(section: string, mids: ReadonlySet<string>): boolean {
  const mid = /^a=mid:(\S+)/m.exec(section)?.[1];
  return mid !== undefined && mids.has(mid);
}

function pausing(section: string): string {
  const payloadType = /^a=rtpmap:(\d+) opus\/48000/im.exec(section)?.[1];
  if (payloadType === undefined) return section;
  const parameters = new RegExp(`^a=fmtp:${payloadType} (.*?)(?=\\r?$)`, 'm');
  if (!parameters.test(section))
    return section.replace(new RegExp(`^a=rtpmap:${payloadType} .*?(?=\\r?$)`, 'm'), `$&\r\na=fmtp:${payloadType} usedtx=1`);
  return section.replace(parameters, (line, said: string) => (/\busedtx=/.test(said) ? line : `${line};usedtx=1`));
}
