import { request } from 'node:https';

/** Of a script, or of an answer to one. */
export const MAX_BODY_BYTES = 1 << 20;
/** From one place of the origin to another. */
const MAX_REDIRECTS = 3;
const METHODS = /^(GET|HEAD|POST|PUT|PATCH|DELETE)$/;
/** The rest says whom a request is for, or where it ends: that is ours to say. */
const HEADERS = /^(accept|authorization|content-type|x-[a-z0-9-]+)$/i;

export interface OriginRequest {
  /** Absolute, or relative to the origin. */
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

export interface OriginResponse {
  readonly status: number;
  readonly body: string;
}

/** HTTPS requests to one origin and to nothing else, with answers of at most {@link MAX_BODY_BYTES}, until `signal` ends them. */
export class OriginRequests {
  private readonly origin: string;

  constructor(
    /** With its port, if that is not 443. */
    domain: string,
    private readonly signal: AbortSignal,
    /** Authorities to trust beside those that Node.js knows, in PEM. */
    private readonly ca: string | undefined,
  ) {
    this.origin = new URL(`https://${domain}`).origin;
  }

  /** The text at `path`, wherever on the origin it is. */
  async text(path: string): Promise<OriginResponse> {
    let url = path;
    for (let left = MAX_REDIRECTS; left >= 0; left--) {
      const { status, body, location } = await this.once({ url });
      if (location === undefined) return { status, body };
      url = location;
    }
    throw new Error(`more than ${MAX_REDIRECTS} redirections`);
  }

  /** One request; a redirection is an answer like others. */
  async send(wanted: OriginRequest): Promise<OriginResponse> {
    const { status, body } = await this.once(wanted);
    return { status, body };
  }

  private once({ url, method = 'GET', headers = {}, body }: OriginRequest): Promise<OriginResponse & { location?: string }> {
    const target = new URL(url, this.origin);
    if (target.origin !== this.origin) return Promise.reject(new Error(`${target.origin} is not ${this.origin}`));
    if (!METHODS.test(method)) return Promise.reject(new Error(`${method} is no method that may be used`));
    const allowed = Object.fromEntries(Object.entries(headers).filter(([name]) => HEADERS.test(name)));
    return new Promise((resolve, reject) => {
      const { signal, ca } = this;
      const options = { method, headers: allowed, signal, agent: false, ...(ca !== undefined && { ca }) } as const;
      const asked = request(target, options, (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_BODY_BYTES) asked.destroy(new Error(`more than ${MAX_BODY_BYTES} bytes`));
          else chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, headers: given } = response;
          const isElsewhere = status >= 300 && status < 400 && given.location !== undefined;
          const answer = { status, body: Buffer.concat(chunks).toString('utf8') };
          resolve(isElsewhere ? { ...answer, location: new URL(given.location!, target).href } : answer);
        });
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }
}
