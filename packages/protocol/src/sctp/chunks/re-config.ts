import { ByteReader, type ByteWriter } from '../../bytes/index.js';
import { type Decoded, Malformed } from '../../core/index.js';
import { ChunkType, ParameterType } from '../chunk-types.js';
import { decodeParameters, type Parameter } from '../parameters.js';

const BAD_PARAMETERS = Malformed.of('sctp/re-config/bad-parameters');
const TRUNCATED = Malformed.of('sctp/re-config/truncated');

/** Results of a request (RFC 6525 §4.4). */
export const ReconfigResult = {
  nothingToDo: 0,
  performed: 1,
  denied: 2,
  wrongSsn: 3,
  requestInProgress: 4,
  badSequenceNumber: 5,
  inProgress: 6,
} as const;

/** What a RE-CONFIG chunk asks for or answers (RFC 6525 §4). An empty `streamIds` means all streams. */
export type Reconfiguration =
  | {
      readonly type: 'outgoing-reset';
      readonly requestSequence: number;
      /** The incoming reset that this answers, or the sender's last sequence number. */
      readonly responseSequence: number;
      readonly lastAssignedTsn: number;
      readonly streamIds: readonly number[];
    }
  | { readonly type: 'incoming-reset'; readonly requestSequence: number; readonly streamIds: readonly number[] }
  | { readonly type: 'ssn-tsn-reset'; readonly requestSequence: number }
  | { readonly type: 'add-outgoing-streams'; readonly requestSequence: number; readonly newStreams: number }
  | { readonly type: 'add-incoming-streams'; readonly requestSequence: number; readonly newStreams: number }
  | { readonly type: 'response'; readonly responseSequence: number; readonly result: number };

/** Decodes the value of a RE-CONFIG chunk: one or two parameters; unknown ones are left out. */
export function decodeReConfig(value: Uint8Array): Decoded<readonly Reconfiguration[]> {
  const parameters = decodeParameters(value);
  if (!parameters) return BAD_PARAMETERS;
  const found: Reconfiguration[] = [];
  for (const parameter of parameters.slice(0, 2)) {
    const decoded = decodeReconfiguration(parameter);
    if (decoded instanceof Malformed) return decoded;
    if (decoded) found.push(decoded);
  }
  return found;
}

function decodeReconfiguration({ type, value }: Parameter): Decoded<Reconfiguration> | undefined {
  const reader = new ByteReader(value);
  const sequence = reader.u32();
  const decoded = decodeBody(type, sequence, reader);
  return reader.failed ? TRUNCATED : decoded;
}

function decodeBody(type: number, sequence: number, reader: ByteReader): Reconfiguration | undefined {
  switch (type) {
    case ParameterType.outgoingReset:
      return {
        type: 'outgoing-reset',
        requestSequence: sequence,
        responseSequence: reader.u32(),
        lastAssignedTsn: reader.u32(),
        streamIds: readStreamIds(reader),
      };
    case ParameterType.incomingReset:
      return { type: 'incoming-reset', requestSequence: sequence, streamIds: readStreamIds(reader) };
    case ParameterType.ssnTsnReset:
      return { type: 'ssn-tsn-reset', requestSequence: sequence };
    case ParameterType.addOutgoingStreams:
      return { type: 'add-outgoing-streams', requestSequence: sequence, newStreams: reader.u16() };
    case ParameterType.addIncomingStreams:
      return { type: 'add-incoming-streams', requestSequence: sequence, newStreams: reader.u16() };
    case ParameterType.reconfigResponse:
      return { type: 'response', responseSequence: sequence, result: reader.u32() };
    default:
      return undefined;
  }
}

function readStreamIds(reader: ByteReader): number[] {
  const streamIds: number[] = [];
  while (reader.remaining >= 2) streamIds.push(reader.u16());
  return streamIds;
}

/** Appends a RE-CONFIG chunk with one or two parameters. */
export function encodeReConfig(parameters: readonly Reconfiguration[], out: ByteWriter): void {
  const start = out.length;
  out.u8(ChunkType.reConfig).u8(0).u16(0);
  for (const parameter of parameters) {
    const parameterStart = out.length;
    encodeReconfiguration(parameter, out);
    const length = out.length - parameterStart;
    out.patchU16(parameterStart + 2, length);
    // The chunk's length leaves out the padding of its last parameter (RFC 9260 §3.2).
    out.patchU16(start + 2, out.length - start);
    out.zeros(-length & 3);
  }
}

function encodeReconfiguration(parameter: Reconfiguration, out: ByteWriter): void {
  switch (parameter.type) {
    case 'outgoing-reset':
      out.u16(ParameterType.outgoingReset).u16(0);
      out.u32(parameter.requestSequence).u32(parameter.responseSequence).u32(parameter.lastAssignedTsn);
      for (const streamId of parameter.streamIds) out.u16(streamId);
      return;
    case 'incoming-reset':
      out.u16(ParameterType.incomingReset).u16(0).u32(parameter.requestSequence);
      for (const streamId of parameter.streamIds) out.u16(streamId);
      return;
    case 'ssn-tsn-reset':
      out.u16(ParameterType.ssnTsnReset).u16(0).u32(parameter.requestSequence);
      return;
    case 'add-outgoing-streams':
      out.u16(ParameterType.addOutgoingStreams).u16(0).u32(parameter.requestSequence).u16(parameter.newStreams).u16(0);
      return;
    case 'add-incoming-streams':
      out.u16(ParameterType.addIncomingStreams).u16(0).u32(parameter.requestSequence).u16(parameter.newStreams).u16(0);
      return;
    case 'response':
      out.u16(ParameterType.reconfigResponse).u16(0).u32(parameter.responseSequence).u32(parameter.result);
  }
}
