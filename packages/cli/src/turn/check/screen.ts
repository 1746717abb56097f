import { wrap } from '../../screen/wrap.js';
import type { Step, StepName } from './report.js';

const MARK: Record<Step['state'], string> = { ok: '+', note: '-', problem: '!' };

const TITLE: Record<StepName, string> = {
  url: 'URL',
  resolve: 'Name',
  connect: 'Connection',
  tls: 'Certificate',
  challenge: 'Challenge',
  allocate: 'Allocation',
  permission: 'Permission',
  relay: 'Packet',
};

const LABEL_WIDTH = 14;

/** One step as a line or a few, `width` columns wide. */
export function stepLines({ name, state, detail, cure, ms }: Step, width: number): string {
  const label = `${MARK[state]} ${TITLE[name]}`.padEnd(LABEL_WIDTH);
  const time = ms === undefined ? '' : `, in ${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  const lines = [wrap(`${detail}${time}`, width, label)];
  if (cure !== undefined) lines.push(wrap(cure, width, `${' '.repeat(LABEL_WIDTH)}-> `));
  return lines.join('\n');
}
