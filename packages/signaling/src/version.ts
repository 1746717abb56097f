/** Version of the signaling protocol and of the REST API: what is under `/v1`. */
export const PROTOCOL_VERSION = 1;
