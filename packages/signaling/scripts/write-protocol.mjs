// npm run protocol -w @maru/signaling: writes docs/protocol.md from the schemas (after npm run build).
import { writeFileSync } from 'node:fs';
import { protocolDocument } from '../dist/rest/index.js';

writeFileSync(new URL('../../../docs/protocol.md', import.meta.url), protocolDocument());
