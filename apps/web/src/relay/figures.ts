import { language } from '../i18n/language.js';

/** An amount of bytes as people read it. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

const UNITS = {
  en: { day: 'd', hour: 'h', minute: 'min', second: 's' },
  ko: { day: '일', hour: '시간', minute: '분', second: '초' },
} as const;

/** A length of time by its one or two largest parts. */
export function formatAge(seconds: number): string {
  const { day, hour, minute, second } = UNITS[language.current];
  const gap = language.current === 'ko' ? '' : ' ';
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 86_400), day],
    [Math.floor(whole / 3_600) % 24, hour],
    [Math.floor(whole / 60) % 60, minute],
    [whole % 60, second],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first < 0) return `0${gap}${second}`;
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value}${gap}${unit}`)
    .join(' ');
}

export const formatEnd = ({ address, port }: { readonly address: string; readonly port: number }): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
