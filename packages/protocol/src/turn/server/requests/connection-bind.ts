import { Malformed, NEVER } from '../../../core/index.js';
import { ConnectionId, StunErrorCode } from '../../../stun/index.js';
import { isStream } from '../client.js';
import type { TcpConnection } from '../tcp-connection.js';
import { type Answer, type AuthenticRequest, type RequestScope, refusal } from './answer.js';

/** ConnectionBind (RFC 6062 §5.4): the connection that this stream shall carry from now on, once the client has been told. */
export function onConnectionBind(
  { message, client, identity }: AuthenticRequest,
  { table }: RequestScope,
): TcpConnection | Answer {
  const id = message.read(ConnectionId);
  if (id === undefined || id instanceof Malformed || !isStream(client.transport) || client.allocation)
    return refusal(StunErrorCode.badRequest, 'turn/connection-bind/unfit');
  const connection = table.connections.get(id);
  const owner = connection?.relay.allocation;
  if (connection?.state.name !== 'unbound' || owner?.username !== identity.username)
    return refusal(StunErrorCode.badRequest, 'turn/connection-bind/no-connection'); // a stranger learns nothing of who has which
  connection.state = { name: 'bound', client };
  client.spliced = connection;
  table.deadlines.cancel(client);
  table.deadlines.schedule(connection, NEVER);
  return connection;
}
