import { existsSync, readdirSync, readFileSync } from 'node:fs';

export type DeviceKind = 'audioinput' | 'videoinput' | 'audiooutput';

/** mediacapture-streams, MediaDeviceInfo. */
export interface DeviceInfo {
  /** What ffmpeg calls it: `/dev/video0`, `alsa:hw:0,0`. */
  readonly deviceId: string;
  readonly kind: DeviceKind;
  readonly label: string;
  readonly groupId: string;
}

/** Where Linux tells of its devices; tests give a folder of their own. */
export interface DeviceRoots {
  readonly devices: string;
  readonly videoClass: string;
  readonly soundCards: string;
}

export const LINUX_ROOTS: DeviceRoots = {
  devices: '/dev',
  videoClass: '/sys/class/video4linux',
  soundCards: '/proc/asound/pcm',
};

/** Cameras and microphones of this machine; none where it tells of none. */
export function listDevices(roots: DeviceRoots = LINUX_ROOTS): DeviceInfo[] {
  return [...cameras(roots), ...microphones(roots)];
}

function cameras({ devices, videoClass }: DeviceRoots): DeviceInfo[] {
  if (!existsSync(devices)) return [];
  return readdirSync(devices)
    .filter((name) => /^video\d+$/.test(name))
    .sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)))
    .map((name) => {
      const told = `${videoClass}/${name}/name`;
      const label = existsSync(told) ? readFileSync(told, 'utf8').trim() : name;
      return { deviceId: `${devices}/${name}`, kind: 'videoinput', label, groupId: label };
    });
}

/** Lines such as `00-01: ALC257 Alt Analog : ALC257 Alt Analog : capture 1`. */
function microphones({ soundCards }: DeviceRoots): DeviceInfo[] {
  if (!existsSync(soundCards)) return [];
  return readFileSync(soundCards, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, card, device, label = ''] = /^(\d+)-(\d+): ([^:]*):.*capture/.exec(line) ?? [];
      if (card === undefined || device === undefined) return [];
      const id = `alsa:hw:${Number(card)},${Number(device)}`;
      return [{ deviceId: id, kind: 'audioinput' as const, label: label.trim(), groupId: `card ${Number(card)}` }];
    });
}
