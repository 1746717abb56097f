import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));

/** What a figure means nothing without. */
export function machine() {
  const [cpu] = cpus();
  return {
    node: process.version,
    openssl: process.versions.openssl,
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    platform: `${process.platform}-${process.arch}`,
  };
}

/** @param {readonly number[]} values @param {number} share from 0 to 1 */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** @param {readonly number[]} values */
export const median = (values) => quantile(values, 0.5);

/** @param {number | string | undefined} value */
function cell(value) {
  if (typeof value !== 'number') return value ?? '-';
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  return size >= 1000
    ? Math.round(value).toLocaleString('en-US')
    : size >= 100
      ? value.toFixed(0)
      : size >= 10
        ? value.toFixed(1)
        : value.toFixed(2);
}

/**
 * @typedef {{ name: string, workload: string, columns: Record<string, string>, rows: readonly Record<string, unknown>[], notes?: readonly string[] }} Report
 */

/** Prints rows as a table, or everything as JSON, and keeps it in bench/results. @param {Report & { json: boolean }} report */
export function publish({ json, ...report }) {
  publishAll([report], json);
}

/** Several tables of one benchmark; as JSON, one array of them. @param {readonly Report[]} reports @param {boolean} json */
export function publishAll(reports, json) {
  const records = reports.map(keep);
  if (json) console.log(JSON.stringify(records.length === 1 ? records[0] : records, null, 2));
  else for (const report of reports) print(report);
}

/** @param {Report} report */
function keep({ name, workload, rows, notes = [] }) {
  const record = { benchmark: name, workload, measuredAt: new Date().toISOString(), machine: machine(), rows, notes };
  mkdirSync(join(HERE, '../results'), { recursive: true });
  writeFileSync(join(HERE, `../results/${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
  return record;
}

/** @param {Report} report */
function print({ name, workload, columns, rows, notes = [] }) {
  console.log(`${name}: ${workload}\n${Object.values(machine()).join(', ')}\n`);
  const keys = Object.keys(columns);
  const lines = [keys.map((key) => columns[key]), ...rows.map((row) => keys.map((key) => String(cell(row[key]))))];
  const widths = keys.map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  for (const line of lines)
    console.log(line.map((text, i) => (i === 0 ? text.padEnd(widths[i]) : text.padStart(widths[i]))).join('  '));
  for (const note of notes) console.log(`\n${note}`);
  console.log('');
}

/** @param {string} name of an earlier run in bench/results */
export function earlier(name) {
  return JSON.parse(readFileSync(join(HERE, `../results/${name}.json`), 'utf8'));
}
