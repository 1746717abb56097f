import { isLanguage, type Language } from '../i18n/index.js';

export type Theme = 'auto' | 'light' | 'dark';

/** What this browser remembers of a person: how they like it, and which devices they chose. */
export interface Preferences {
  readonly name: string;
  /** As chosen by hand; undefined follows the browser. */
  readonly language: Language | undefined;
  readonly theme: Theme;
  readonly cameraId: string | undefined;
  readonly microphoneId: string | undefined;
  readonly speakerId: string | undefined;
  readonly cameraOn: boolean;
  readonly microphoneOn: boolean;
  readonly blur: boolean;
  readonly mirror: boolean;
  readonly wakeLock: boolean;
  readonly chimes: boolean;
}

export const DEFAULT_PREFERENCES: Preferences = {
  name: '',
  language: undefined,
  theme: 'auto',
  cameraId: undefined,
  microphoneId: undefined,
  speakerId: undefined,
  cameraOn: true,
  microphoneOn: true,
  blur: false,
  mirror: true,
  wakeLock: true,
  chimes: true,
};

/** Reads what an earlier visit stored. Whatever is missing or of another kind is as on a first visit. */
export function parsePreferences(text: string | null): Preferences {
  const stored = parseObject(text);
  const string = (key: string): string | undefined => {
    const value = stored[key];
    return typeof value === 'string' ? value : undefined;
  };
  const flag = (key: string, otherwise: boolean): boolean => {
    const value = stored[key];
    return typeof value === 'boolean' ? value : otherwise;
  };
  const { language, theme } = stored;
  return {
    name: (string('name') ?? '').slice(0, 64),
    language: isLanguage(language) ? language : undefined,
    theme: theme === 'light' || theme === 'dark' ? theme : 'auto',
    cameraId: string('cameraId'),
    microphoneId: string('microphoneId'),
    speakerId: string('speakerId'),
    cameraOn: flag('cameraOn', true),
    microphoneOn: flag('microphoneOn', true),
    blur: flag('blur', false),
    mirror: flag('mirror', true),
    wakeLock: flag('wakeLock', true),
    chimes: flag('chimes', true),
  };
}

function parseObject(text: string | null): Record<string, unknown> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {}; // not ours, or from a version that wrote it otherwise: as on a first visit
  }
}
