/**
 * Enough of an id to find it again, too little to come in with: the id of a hall is its link. A connection is called so in the browser, in the
 * server's log and in the worker's: its correlation id.
 */
export const shortId = (id: string): string => `${id.slice(0, 6)}…`;
