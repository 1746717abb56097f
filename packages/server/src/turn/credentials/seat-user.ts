/** Begins the users that are seats; nobody may ask for such a user over REST. */
const SEAT = 'seat/';

/** The user in whose name a seat gets its credentials. */
export const seatUser = (connection: string): string => SEAT + connection;

/** The seat that `user` is; undefined: somebody else. */
export const seatOf = (user: string): string | undefined => (user.startsWith(SEAT) ? user.slice(SEAT.length) : undefined);
