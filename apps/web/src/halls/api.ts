import { APP_PATHS, AppConfig, HallInfo, JoinHallResponse, type Mode, Problem, validate } from '@maru/signaling';

/** Why the web app's back end did not do what was asked: the server's own code, or one of ours when it said nothing. */
export class HallError extends Error {
  override readonly name = 'HallError';

  constructor(
    readonly code: string,
    detail: string,
    /** By which the server's log knows the request. */
    readonly requestId: string | undefined,
  ) {
    super(detail);
  }
}

type Schema = Parameters<typeof validate>[0];

async function ask<Answer extends Schema>(schema: Answer, path: string, init?: RequestInit) {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { accept: 'application/json', ...init?.headers }, cache: 'no-store' });
  } catch (error) {
    throw new HallError('signaling/unreachable', error instanceof Error ? error.message : String(error), undefined);
  }
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const body: unknown = await response.json().catch(() => undefined);
  if (!response.ok) {
    const problem = validate(Problem, body);
    if (problem.ok) throw new HallError(problem.value.code, problem.value.detail, requestId);
    throw new HallError('signaling/unreachable', `HTTP ${response.status} without a reason`, requestId);
  }
  const answer = validate(schema, body);
  if (answer.ok) return answer.value;
  throw new HallError('signaling/protocol', `${path}: ${answer.invalid.detail}`, requestId);
}

const post = (body: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** A new hall that nobody can guess; how its media travels is the server's choice unless it is named. */
export function createHall(mode?: Mode): Promise<HallInfo> {
  return ask(HallInfo, APP_PATHS.halls, post({ ...(mode && { mode }) }));
}

/** How many are in a hall. */
export function hallInfo(hall: string): Promise<HallInfo> {
  return ask(HallInfo, APP_PATHS.hall(hall));
}

/** The right to a seat in a hall. */
export function askForSeat(hall: string, name: string, mode?: Mode): Promise<JoinHallResponse> {
  return ask(JoinHallResponse, APP_PATHS.join(hall), post({ name, ...(mode && { mode }) }));
}

export function appConfig(): Promise<AppConfig> {
  return ask(AppConfig, APP_PATHS.config);
}
