import type { Credential, CredentialQuery, CredentialRefusal, CredentialSource } from './credential-source.js';

/** Several sources as one: the first that knows the user answers. */
export class CredentialChain implements CredentialSource {
  readonly knowsUserhashes: boolean;

  constructor(private readonly sources: readonly CredentialSource[]) {
    this.knowsUserhashes = sources.length > 0 && sources.every((source) => source.knowsUserhashes);
  }

  lookup(query: CredentialQuery): Credential | CredentialRefusal {
    let refusal: CredentialRefusal = 'unknown-user';
    for (const source of this.sources) {
      const answer = source.lookup(query);
      if (typeof answer !== 'string') return answer;
      if (answer !== 'unknown-user') refusal = answer;
    }
    return refusal;
  }
}
