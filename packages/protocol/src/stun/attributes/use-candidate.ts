import { AttributeType } from '../registry.js';
import { flagAttribute } from './shapes.js';

/** The controlling side nominates the pair (RFC 8445 §16.1). */
export const UseCandidate = flagAttribute(AttributeType.useCandidate, 'USE-CANDIDATE');
