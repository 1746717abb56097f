import { AttributeType } from '../registry.js';
import { textAttribute } from './shapes.js';

/** The name of the server that grants access tokens (RFC 7635 §6.1). */
export const ThirdPartyAuthorization = textAttribute(
  AttributeType.thirdPartyAuthorization,
  'THIRD-PARTY-AUTHORIZATION',
  'third-party-authorization',
  763,
);
