/** The same in memory of its own, of what JSON can say: a text that was cut out of a description holds on to all of it. */
export function copied<Plain>(plain: Plain): Plain {
  return plain === undefined ? plain : (JSON.parse(JSON.stringify(plain)) as Plain);
}
