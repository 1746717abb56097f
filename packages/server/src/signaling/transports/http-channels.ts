import type { Clock, Instant } from '@maru/protocol/core';
import { type Closed, PollRequest, SendRequest, SIGNALING_PATHS, type Validated, validate } from '@maru/signaling';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IdSource } from '../../domain/index.js';
import type { SessionHost } from '../../host/session-host.js';
import { ProblemError } from '../../http/problem.js';
import type { SourceLimiter } from '../../http/source-limiter.js';
import type { Switchboard } from '../switchboard.js';
import { HttpChannel } from './http-channel.js';

/** Channels that ended, kept so that their last word is heard by a late request. */
const REMEMBERED_ENDS = 1_000;
/** A page that closes ends its stream of events and posts its farewell at once; which of them is heard first is chance. */
const LATE_MS = 5_000;

/** A channel whose stream of events has ended, and until when it may still post. */
interface LateChannel {
  readonly channel: HttpChannel;
  readonly until: Instant;
}

/** Speaks the signaling protocol over Server-Sent Events and long polling: both open a channel and post to it. */
export class HttpChannels {
  private readonly channelBySecret = new Map<string, HttpChannel>();
  private readonly endBySecret = new Map<string, Closed>();
  /** In the order in which they end; at most {@link REMEMBERED_ENDS}. */
  private readonly lateBySecret = new Map<string, LateChannel>();

  constructor(
    private readonly switchboard: Switchboard,
    private readonly host: SessionHost,
    private readonly ids: IdSource,
    private readonly openings: SourceLimiter,
    private readonly clock: Clock,
  ) {}

  get size(): number {
    return this.channelBySecret.size;
  }

  register(fastify: FastifyInstance): void {
    fastify.post(SIGNALING_PATHS.open, (request, reply) => this.open(request, reply));
    fastify.get(SIGNALING_PATHS.events, (request, reply) => this.events(request, reply));
    fastify.post(SIGNALING_PATHS.send, (request, reply) => this.send(request, reply));
    fastify.post(SIGNALING_PATHS.poll, (request, reply) => this.poll(request, reply));
  }

  private async open(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    if (!this.openings.admits(request.ip)) {
      throw new ProblemError('request/too-many', 'Too many connections from this address; wait a minute.', undefined, 60_000);
    }
    const secret = this.ids.next() + this.ids.next();
    const channel = new HttpChannel(request.headers.host, this.switchboard, () => this.forget(secret));
    const link = await this.switchboard.open(request.body ?? {}, channel);
    answerWithJson(reply);
    const answer = channel.answer ?? '{}';
    if (!link) return `{"answer":${answer}}`;
    channel.link = link;
    this.channelBySecret.set(secret, channel);
    return `{"channel":${JSON.stringify(secret)},"answer":${answer}}`;
  }

  private async events(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { channel } = this.find(request);
    if (!channel) throw GONE();
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // proxies that gather answers would gather the conversation
    });
    raw.socket?.setNoDelay(true);
    channel.stream(raw);
  }

  private async send(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const { channel, late, end } = this.find(request);
    const { frames } = valid(validate(SendRequest, request.body ?? {}));
    answerWithJson(reply);
    if (late) return this.sendLate(late, frames);
    if (!channel) return `{"ack":0,"closed":${JSON.stringify(end)}}`;
    for (const frame of frames) this.switchboard.receive(channel.link!, channel, frame);
    await this.kept();
    this.switchboard.acknowledged(channel.link!);
    const closed = channel.last ? `,"closed":${JSON.stringify(channel.last)}` : '';
    return `{"ack":${channel.link!.box.received}${closed}}`;
  }

  private async sendLate({ link }: HttpChannel, frames: readonly unknown[]): Promise<string> {
    for (const frame of frames) this.switchboard.receiveLate(link!, frame);
    await this.kept();
    return `{"ack":${link!.box.received}}`;
  }

  private async poll(request: FastifyRequest, reply: FastifyReply): Promise<string> {
    const { channel, late, end } = this.find(request);
    if (late) throw GONE();
    const { ack, frames = [] } = valid(validate(PollRequest, request.body ?? {}));
    answerWithJson(reply);
    if (!channel) return `{"ack":0,"frames":[],"closed":${JSON.stringify(end)}}`;
    const link = channel.link!;
    this.switchboard.receive(link, channel, { ack });
    for (const frame of frames) this.switchboard.receive(link, channel, frame);
    await this.kept();
    if (!channel.isOpen) return `{"ack":${link.box.received},"frames":[],"closed":${JSON.stringify(channel.last)}}`;
    return new Promise((resolve) => {
      const answer = (body: string): void => resolve(body);
      reply.raw.once('close', () => channel.abandonPoll(answer));
      channel.poll(answer);
    });
  }

  /** The channel that the request is for, or how it ended. */
  private find(request: FastifyRequest): { readonly channel?: HttpChannel; readonly late?: HttpChannel; readonly end?: Closed } {
    const secret = /^Bearer +([0-9a-z]{1,64})$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const channel = this.channelBySecret.get(secret);
    if (channel) return { channel };
    this.forgetLate();
    const late = this.lateBySecret.get(secret)?.channel;
    if (late) return { late };
    const end = this.endBySecret.get(secret);
    if (!end) throw GONE();
    return { end };
  }

  private forget(secret: string): void {
    const channel = this.channelBySecret.get(secret);
    if (!channel) return;
    this.channelBySecret.delete(secret);
    if (!channel.last) {
      this.forgetLate();
      this.lateBySecret.set(secret, { channel, until: this.clock.now() + LATE_MS });
      return;
    }
    this.endBySecret.set(secret, channel.last);
    if (this.endBySecret.size > REMEMBERED_ENDS) this.endBySecret.delete(this.endBySecret.keys().next().value!);
  }

  private forgetLate(): void {
    const now = this.clock.now();
    for (const [secret, { until }] of this.lateBySecret) {
      if (until > now && this.lateBySecret.size <= REMEMBERED_ENDS) return;
      this.lateBySecret.delete(secret);
    }
  }

  /** Resolves when what was received is kept, so that saying so is true. */
  private kept(): Promise<void> {
    return new Promise((resolve) => this.host.whenCommitted(resolve));
  }
}

const GONE = (): ProblemError => new ProblemError('channel/not-found', 'There is no such signaling channel; resume.');

function answerWithJson(reply: FastifyReply): void {
  reply.type('application/json; charset=utf-8').header('cache-control', 'no-store');
}

function valid<T>(checked: Validated<T>): T {
  if (checked.ok) return checked.value;
  throw new ProblemError(checked.invalid.code, checked.invalid.detail, checked.invalid.field);
}
