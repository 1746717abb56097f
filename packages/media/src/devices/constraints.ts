import { OverconstrainedError } from '@maru/webrtc';

interface Range {
  readonly exact?: number | string | undefined;
  readonly ideal?: number | string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

type Constraint = number | string | Range | undefined;

/** A bare value is a wish. */
const rangeOf = (constraint: Constraint): Range => (typeof constraint === 'object' ? constraint : { ideal: constraint });

/** mediacapture-streams, MediaTrackConstraints: those that sources here know. */
export interface TrackConstraints {
  readonly deviceId?: Constraint;
  readonly width?: Constraint;
  readonly height?: Constraint;
  readonly frameRate?: Constraint;
}

/** A number for constraint `name`: what is demanded, else what is wished for, else `usual`; an OverconstrainedError beyond `least` and `most`. */
export function chooseNumber(
  constraints: TrackConstraints,
  name: 'width' | 'height' | 'frameRate',
  usual: number,
  least: number,
  most: number,
): number {
  const range = rangeOf(constraints[name]);
  const demanded = range.exact ?? range.min;
  if (demanded !== undefined && !(Number(demanded) >= least && Number(demanded) <= most))
    throw new OverconstrainedError(name, `${name} can be ${least} to ${most}`);
  if (range.max !== undefined && !(range.max >= least))
    throw new OverconstrainedError(name, `${name} can be ${least} to ${most}`);
  const wished = Number(range.exact ?? range.ideal ?? usual);
  const bounded = Math.min(
    range.max ?? most,
    most,
    Math.max(range.min ?? least, least, Number.isFinite(wished) ? wished : usual),
  );
  return Math.round(bounded);
}

/** The device that is demanded or wished for among `devices`, which are not none. */
export function chooseDevice<Device extends { readonly deviceId: string }>(
  constraints: TrackConstraints,
  devices: readonly Device[],
): Device {
  const range = rangeOf(constraints.deviceId);
  const byId = (id: unknown): Device | undefined => devices.find(({ deviceId }) => deviceId === id);
  if (range.exact === undefined) return byId(range.ideal) ?? devices[0]!;
  const exact = byId(range.exact);
  if (!exact) throw new OverconstrainedError('deviceId', `There is no device "${range.exact}"`);
  return exact;
}
