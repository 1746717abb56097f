import type { Inspector } from '@maru/client';

/** Gives the person everything that the inspector knows as one file. */
export function saveInspection(inspector: Inspector): void {
  const url = URL.createObjectURL(new Blob([inspector.export()], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = inspectionFileName(new Date(inspector.startedAt));
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the download has long begun; browsers say no moment for it
}

/** Sorts by time in a folder and says what it is: `maru-call-2026-11-21-1405.json`. */
export function inspectionFileName(startedAt: Date): string {
  const pad = (value: number) => String(value).padStart(2, '0');
  const day = `${startedAt.getFullYear()}-${pad(startedAt.getMonth() + 1)}-${pad(startedAt.getDate())}`;
  return `maru-call-${day}-${pad(startedAt.getHours())}${pad(startedAt.getMinutes())}.json`;
}
