/** Wraps `text` at blanks; later lines are indented to where the first one starts, after `label`. */
export function wrap(text: string, width: number, label: string): string {
  const indent = ' '.repeat(label.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && label.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].map((part, i) => (i === 0 ? label : indent) + part).join('\n');
}
