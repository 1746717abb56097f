// npm run coturn-table -w @maru/server: writes the table of turnserver.conf's options into docs/coturn.md.
import { readFileSync, writeFileSync } from 'node:fs';
import { coturnTable } from '../dist/turn/coturn/document.js';

const path = new URL('../../../docs/coturn.md', import.meta.url);
const document = readFileSync(path, 'utf8');
const [begin, end] = ['<!-- options begin -->\n', '<!-- options end -->'];
const [head, rest] = document.split(begin);
writeFileSync(path, `${head}${begin}\n${coturnTable()}\n${end}${rest.split(end)[1]}`);
