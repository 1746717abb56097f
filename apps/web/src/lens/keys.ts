import type { InspectedConnection } from '@maru/client';
import { css, html, nothing } from 'lit';
import { MaruElement } from '../ui/element.js';
import { base } from '../ui/styles.js';
import { announcedFingerprint } from './sdp/fingerprint.js';
import { lensStyles } from './styles.js';
import { lensWords } from './texts.js';

/** What protects a connection: DTLS and SRTP parameters and the fingerprints of both certificates, each in words. */
export class LensKeys extends MaruElement {
  static override properties = { connection: { attribute: false }, revision: { attribute: false } };
  declare connection: InspectedConnection | undefined;
  /** Changes whenever what is shown, which stays the same object, has something new. */
  declare revision: number;

  constructor() {
    super();
    this.connection = undefined;
    this.revision = 0;
  }

  protected override render() {
    if (!this.connection) return nothing;
    const words = lensWords();
    const { transport, states, descriptions } = this.connection;
    const role = transport?.dtlsRole ?? 'unknown';
    const iceRole = transport?.iceRole ?? 'unknown';
    const row = (term: string, value: string | undefined, about: string, standard: string) => html`<div>
      <dt>${term}</dt>
      <dd>
        <code>${value ?? words.notYet}</code>
        <p class="soft small">${about} <span class="standard">${standard}</span></p>
      </dd>
    </div>`;
    return html`
      <p>${words.keysIntro}</p>
      <dl>
        ${row(words.dtlsVersion, transport?.dtlsVersion && `DTLS ${transport.dtlsVersion}`, words.dtlsVersionAbout, 'RFC 9147, RFC 6347')}
        ${row(words.dtlsRole, transport && role, words.dtlsRoleAbout[role], 'RFC 8842 §5')}
        ${row(words.dtlsCipher, transport?.dtlsCipher, words.dtlsCipherAbout, 'RFC 8446 §B.4')}
        ${row(words.srtpCipher, transport?.srtpCipher, words.srtpCipherAbout, 'RFC 3711, RFC 5764 §4.1.2, RFC 7714')}
        ${row(words.iceRole, transport && iceRole, words.iceRoleAbout[iceRole], 'RFC 8445 §6.1.1')}
        ${row(words.localFingerprint, transport?.localFingerprint ?? announcedFingerprint(descriptions, 'local'), words.fingerprintAbout, 'RFC 8122 §5, RFC 8827 §6.5')}
        ${row(words.remoteFingerprint, transport?.remoteFingerprint ?? announcedFingerprint(descriptions, 'remote'), words.fingerprintAbout, 'RFC 8122 §5, RFC 8827 §6.5')}
        ${row(
          words.states,
          `signaling ${states.signaling} · gathering ${states.iceGathering} · ICE ${states.iceConnection} · connection ${states.connection}`,
          words.statesAbout,
          'W3C webrtc, “RTCPeerConnectionState”',
        )}
      </dl>
    `;
  }

  static override styles = [
    base,
    lensStyles,
    css`
      dl {
        display: grid;
        grid-template-columns: repeat(auto-fit, minmax(min(19rem, 100%), 1fr));
        gap: 0.75rem;
        margin-top: 0.75rem;
      }
      dl > div {
        padding: 0.7rem 0.9rem;
        border: 1px solid var(--line, var(--ink-soft));
        border-radius: var(--radius, 12px);
        background: var(--panel);
      }
      dt {
        font-weight: 600;
      }
      .standard {
        white-space: nowrap;
      }
    `,
  ];
}

customElements.define('maru-lens-keys', LensKeys);
