import * as z from 'zod/mini';

const seconds = (minimum: number, maximum: number) => z.int().check(z.minimum(minimum), z.maximum(maximum));
const count = (maximum = 10_000_000) => z.int().check(z.minimum(0), z.maximum(maximum));
const line = (most = 512) => z.string().check(z.minLength(1), z.maxLength(most));
const texts = () => z.array(line());

/** The configuration as people write it: JSON in which everything is optional, ends and ranges are text, and secrets may stand in files of their own. */
export const TurnConfigFile = z.strictObject({
  /** `udp:3478`, `tls:203.0.113.5:5349`, `tcp:[2001:db8::1]:3478`. */
  listeners: z.optional(z.array(line()).check(z.minLength(1), z.maxLength(64))),
  /** `203.0.113.5`, or `203.0.113.5/10.0.0.5` for one of several addresses. */
  externalAddresses: z.optional(texts()),
  /** `203.0.113.6:3479`: a second address and port for RFC 5780. */
  alternate: z.optional(line()),
  relay: z.optional(
    z.strictObject({
      addresses: z.optional(texts()),
      /** `49152-65535`, or one port for all. */
      ports: z.optional(z.union([line(), z.int().check(z.minimum(1), z.maximum(65_535))])),
      tcp: z.optional(z.boolean()),
      hairpin: z.optional(z.boolean()),
    }),
  ),
  realm: z.optional(line(127)),
  credentials: z.optional(
    z.strictObject({
      /** Newest first: the first signs, all verify, each until its `until`. */
      secrets: z.optional(
        z.array(z.union([line(), z.strictObject({ secret: line(), until: z.optional(z.iso.datetime({ offset: true })) })])),
      ),
      /** A file with one secret a line, newest first. */
      secretsFile: z.optional(line()),
      separator: z.optional(z.string().check(z.length(1))),
      maxTtlSeconds: z.optional(seconds(60, 86_400)),
      graceSeconds: z.optional(seconds(0, 3_600)),
      users: z.optional(
        z.array(
          z.union([
            z.strictObject({ username: line(), password: line() }),
            z.strictObject({
              username: line(),
              key: z.string().check(z.regex(/^(?:[0-9a-f]{32}|[0-9a-f]{64})$/i)),
            }),
          ]),
        ),
      ),
      tokenKeys: z.optional(
        z.array(
          z.strictObject({
            id: line(256),
            key: z.string().check(z.regex(/^[A-Za-z0-9+/]{22,}={0,2}$/)),
            algorithm: z.optional(z.enum(['A256GCM', 'A128GCM'])),
            from: z.optional(z.iso.datetime({ offset: true })),
            until: z.optional(z.iso.datetime({ offset: true })),
          }),
        ),
      ),
      tokenServerName: z.optional(line(255)),
    }),
  ),
  quotas: z.optional(
    z.strictObject({
      allocationsPerUser: z.optional(count()),
      allocationsPerAddress: z.optional(count()),
      allocations: z.optional(count()),
      reservedShare: z.optional(z.number().check(z.minimum(0), z.maximum(0.9))),
      permissionsPerAllocation: z.optional(count(4_096)),
      channelsPerAllocation: z.optional(count(4_096)),
      connectionsPerAllocation: z.optional(count(4_096)),
      bitsPerSecondPerAllocation: z.optional(count(1e12)),
      bitsPerSecondPerUser: z.optional(count(1e12)),
      bytesPerUserAndMonth: z.optional(count(Number.MAX_SAFE_INTEGER)),
    }),
  ),
  policy: z.optional(
    z.strictObject({
      allow: z.optional(texts()),
      deny: z.optional(texts()),
      allowEndpoints: z.optional(texts()),
      ownEndpoints: z.optional(texts()),
    }),
  ),
  lifetimes: z.optional(
    z.strictObject({
      defaultSeconds: z.optional(seconds(60, 86_400)),
      maxSeconds: z.optional(seconds(60, 86_400)),
      nonceSeconds: z.optional(seconds(60, 86_400)),
    }),
  ),
  tls: z.optional(z.strictObject({ cert: line(4_096), key: line(4_096) })),
  mobility: z.optional(z.boolean()),
  /** `203.0.113.6:3478`: where new clients are sent while this server drains. */
  drainTo: z.optional(line()),
  stunOnly: z.optional(z.boolean()),
  workers: z.optional(z.int().check(z.minimum(0), z.maximum(256))),
  admin: z.optional(
    z.strictObject({
      /** `127.0.0.1:3479`. */
      listen: z.optional(line()),
      key: z.optional(line(1_024)),
      /** A file that holds the key and nothing else. */
      keyFile: z.optional(line(4_096)),
    }),
  ),
});
export type TurnConfigFile = z.infer<typeof TurnConfigFile>;
