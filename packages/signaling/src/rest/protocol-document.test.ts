import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openApiDocument, protocolDocument } from './index.js';

test('docs/protocol.md is what the schemas say (if not: npm run build, then npm run protocol -w @maru/signaling)', () => {
  const path = new URL('../../../../docs/protocol.md', import.meta.url);
  expect(readFileSync(path, 'utf8')).toBe(protocolDocument());
});

test('every named schema and every code says in words what it is', () => {
  const nameless = protocolDocument().match(/^### \w+\n\n\n/gm);
  expect(nameless).toBeNull();
});

test('every reference of the OpenAPI document leads somewhere', () => {
  const document = openApiDocument('1.0.0');
  const text = JSON.stringify(document);
  const schemas = (document['components'] as { schemas: Record<string, unknown> }).schemas;
  const missing = [...text.matchAll(/"\$ref":"([^"]+)"/g)]
    .map(([, reference]) => reference ?? '')
    .filter((reference) => !schemas[reference.replace('#/components/schemas/', '')]);
  expect(missing).toEqual([]);
});

test('every operation has an answer, a problem and a name of its own', () => {
  const { paths } = openApiDocument('1.0.0') as {
    paths: Record<string, Record<string, { operationId: string; responses: object }>>;
  };
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { responses } of operations) expect(Object.keys(responses)).toHaveLength(2);
});
