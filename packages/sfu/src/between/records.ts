/** What the first word of a record between workers says it is. */
export const RecordKind = {
  /** A datagram of the port that they share, which came to another worker than its own. */
  packet: 1,
  /** A plain RTP packet of a publisher. */
  media: 2,
  /** A plain RTCP datagram of a publisher: when what it sends was made. */
  reports: 3,
  /** A plain RTCP datagram for a publisher: what did not come, that a key frame is needed. */
  feedback: 4,
  /** What the workers of a session tell each other, as JSON. */
  control: 5,
  /** A message of a data channel, behind what is said of it as JSON. */
  message: 6,
} as const;
export type PipeRecordKind = Exclude<(typeof RecordKind)[keyof typeof RecordKind], typeof RecordKind.packet>;

/** Words at the beginning of a record of a session: kind, the seat that it is for, the seat that it is from, the publisher's number or a length. */
export const PIPE_WORDS = 4;
