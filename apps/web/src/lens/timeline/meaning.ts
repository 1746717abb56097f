import type { InspectionEntry, Meaning } from '@maru/client';
import { type Bilingual, say } from '../bilingual.js';
import { SENTENCES } from './sentences.js';

/** What a step means, ready to be shown. */
export interface SpokenMeaning {
  readonly term: string;
  readonly standard: string;
  readonly text: Bilingual;
}

/** Makes the sentence of a step. `undefined` for a key of a newer version, which a saved file may hold. */
export function meaningInWords(meaning: Meaning | undefined): SpokenMeaning | undefined {
  const sentence = meaning && Object.hasOwn(SENTENCES, meaning.key) ? SENTENCES[meaning.key] : undefined;
  if (!meaning || !sentence) return undefined;
  const { en, ko } = sentence.text(meaning.params);
  return { term: sentence.term, standard: sentence.standard, text: { en: en.charAt(0).toUpperCase() + en.slice(1), ko } };
}

/** States of the whole connection (W3C webrtc, "RTCPeerConnectionState") that are no step of their own. */
const CONNECTION_STATES: Readonly<Record<string, Bilingual>> = {
  connecting: say(
    'The path is being found and the encryption agreed: ICE and DTLS are under way.',
    '길을 찾고 암호화를 합의하고 있어요. ICE와 DTLS가 진행 중이에요.',
  ),
  disconnected: say(
    'Nothing arrives from the other side for the moment. It may come back by itself.',
    '지금은 상대에게서 아무것도 오지 않아요. 저절로 돌아올 수 있어요.',
  ),
  closed: say('The connection is closed.', '연결이 닫혔어요.'),
};

/** What a change of the connection's state means, where the SDK says nothing more about it. */
export function stateInWords({ name, detail }: InspectionEntry): SpokenMeaning | undefined {
  const text = name === 'connectionstatechange' && typeof detail === 'string' ? CONNECTION_STATES[detail] : undefined;
  return text && { term: 'connection state', standard: 'W3C webrtc, “RTCPeerConnectionState”', text };
}
