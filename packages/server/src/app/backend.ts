import {
  type AppConfig,
  CreateHallRequest,
  type ErrorCode,
  type HallInfo,
  JoinHallRequest,
  type JoinHallResponse,
  type Mode,
  NAME_CHARS,
  Problem,
  validate,
} from '@maru/signaling';
import { ConnectionList, CreatedConnection, Session } from '@maru/signaling/rest';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type * as z from 'zod/mini';
import { type IdSource, isReadableId } from '../domain/index.js';
import { ProblemError } from '../http/problem.js';
import type { SourceLimiter } from '../http/source-limiter.js';

export interface AppBackendContext {
  readonly fastify: FastifyInstance;
  /** The app's own API key: it has the rights of every application, and no others. */
  readonly apiKey: string;
  readonly ids: IdSource;
  readonly halls: SourceLimiter;
  readonly joins: SourceLimiter;
  /** What the page at `host` must know. */
  readonly config: (host?: string) => AppConfig;
  /** How media travels in halls where nobody chose; resolves once it is known whether there is a media server. */
  readonly hallMode: () => Promise<Mode>;
}

/** The back end of the web app: an application like any other, which asks for sessions and tokens over the REST API. */
export class AppBackend {
  /** The last of those who enter a hall, one after the other: two who come at once do not both find it without a moderator. */
  private readonly entering = new Map<string, Promise<unknown>>();

  constructor(private readonly context: AppBackendContext) {}

  register(): void {
    const { fastify } = this.context;
    fastify.get('/app/config', async (request) => {
      await this.context.hallMode();
      return this.context.config(request.headers.host);
    });
    fastify.post('/app/halls', async (request, reply) => {
      this.bound(this.context.halls, request);
      const { mode } = valid(CreateHallRequest, request.body);
      reply.code(201);
      return hallOf(await this.createHall(this.context.ids.nextReadable(), mode));
    });
    fastify.get<{ Params: { hall: string } }>('/app/halls/:hall', async (request) => {
      this.bound(this.context.joins, request);
      return this.readHall(request.params.hall);
    });
    fastify.post<{ Params: { hall: string } }>('/app/halls/:hall/join', async (request, reply) => {
      this.bound(this.context.joins, request);
      const { name: given, mode } = valid(JoinHallRequest, request.body);
      const name = given.normalize('NFC').replaceAll(/\s+/gu, ' ').trim();
      if (name === '') throw new ProblemError('request/invalid', 'name must not be blank', 'name');
      reply.code(201);
      return this.join(request.params.hall, name.slice(0, NAME_CHARS), mode);
    });
  }

  private async join(hall: string, name: string, mode: Mode | undefined): Promise<JoinHallResponse> {
    await this.openHall(hall, mode);
    const { session, id, token, expiresAt, metadata } = await this.inTurn(hall, async () => {
      const path = connectionsOf(hall);
      const role = (await this.hasModerator(hall)) ? 'publisher' : 'moderator';
      return this.call(CreatedConnection, 'POST', path, { role, metadata: { name } });
    });
    return { session, connection: id, token, expiresAt, metadata };
  }

  /** A hall belongs to whoever opens it; when its moderators have left, to whoever comes next. */
  private async hasModerator(hall: string): Promise<boolean> {
    let after = '';
    do {
      const page: ConnectionList = await this.call(ConnectionList, 'GET', `${connectionsOf(hall)}?limit=100${after}`);
      if (page.items.some(({ role }) => role === 'moderator')) return true;
      after = page.next === undefined ? '' : `&after=${encodeURIComponent(page.next)}`;
    } while (after !== '');
    return false;
  }

  /** Runs `task` when those who came to `hall` before are through. */
  private async inTurn<T>(hall: string, task: () => Promise<T>): Promise<T> {
    const turn = Promise.resolve(this.entering.get(hall)).then(task, task);
    this.entering.set(hall, turn);
    try {
      return await turn;
    } finally {
      if (this.entering.get(hall) === turn) this.entering.delete(hall);
    }
  }

  /** A link that was made once stays good: its hall opens again when somebody comes. */
  private async openHall(hall: string, mode: Mode | undefined): Promise<void> {
    if (!isReadableId(hall)) throw new ProblemError('session/not-found', 'There is no hall at this link.');
    try {
      await this.createHall(hall, mode);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'session/exists') throw error;
    }
  }

  private async readHall(hall: string): Promise<HallInfo> {
    if (!isReadableId(hall)) throw new ProblemError('session/not-found', 'There is no hall at this link.');
    try {
      return hallOf(await this.call(Session, 'GET', `/v1/sessions/${encodeURIComponent(hall)}`));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'session/not-found') throw error;
      return { hall, connections: 0, limit: this.context.config().limits.connectionsPerSession };
    }
  }

  private async createHall(id: string, chosen: Mode | undefined): Promise<Session> {
    const mode = chosen ?? (await this.context.hallMode());
    return this.call(Session, 'POST', '/v1/sessions', { id, mode, metadata: { kind: 'hall' } });
  }

  /** Calls the REST API as any application would, with the key, without a socket. */
  private async call<Schema extends z.ZodMiniType>(
    schema: Schema,
    method: 'GET' | 'POST',
    url: string,
    body?: object,
  ): Promise<z.output<Schema>> {
    const response = await this.context.fastify.inject({
      method,
      url,
      headers: { authorization: `Bearer ${this.context.apiKey}` },
      ...(body && { payload: body }),
    });
    const answer: unknown = response.json();
    const problem = response.statusCode >= 400 ? validate(Problem, answer) : undefined;
    if (problem?.ok) throw new ProblemError(problem.value.code as ErrorCode, problem.value.detail, problem.value.field);
    const checked = validate(schema, answer);
    if (!checked.ok) throw new ProblemError('request/internal', 'The REST API answered in a form that its schema does not have.');
    return checked.value;
  }

  private bound(limiter: SourceLimiter, request: FastifyRequest): void {
    if (!limiter.admits(request.ip))
      throw new ProblemError('request/too-many', 'Too many requests; wait a minute.', undefined, 60_000);
  }
}

function valid<Schema extends z.ZodMiniType>(schema: Schema, body: unknown): z.output<Schema> {
  const checked = validate(schema, body ?? {});
  if (checked.ok) return checked.value;
  throw new ProblemError('request/invalid', checked.invalid.detail, checked.invalid.field);
}

const connectionsOf = (hall: string): string => `/v1/sessions/${encodeURIComponent(hall)}/connections`;

const hallOf = (session: Session): HallInfo => ({
  hall: session.id,
  connections: session.connections,
  limit: session.limits.connections,
});
