/** One line of a turnserver.conf that says something. */
export interface CoturnLine {
  /** As an editor counts. */
  readonly number: number;
  /** Without leading dashes: the file may be written like a command line. */
  readonly name: string;
  /** Empty for a flag that stands alone. */
  readonly value: string;
}

/** Reads a turnserver.conf as coturn does: a name, then `=` or blanks, then a value that may be quoted; `#` begins a comment line. */
export function* coturnLines(text: string): Iterable<CoturnLine> {
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const row = raw.replace(/^\uFEFF/, '').trim();
    if (row === '' || row.startsWith('#') || row.startsWith(';')) continue;
    const match = /^-{0,2}([^\s=]+)\s*=?\s*(.*)$/.exec(row);
    yield { number: index + 1, name: match?.[1] ?? row, value: unquote(match?.[2] ?? '') };
  }
}

const unquote = (text: string): string => /^(["'])(.*)\1$/.exec(text)?.[2] ?? text;

/** What a flag says: alone it means yes. Undefined: it is neither yes nor no. */
export function flagOf(value: string): boolean | undefined {
  if (/^(?:|1|on|yes|true|t|y)$/i.test(value)) return true;
  if (/^(?:0|off|no|false|f|n)$/i.test(value)) return false;
  return undefined;
}
