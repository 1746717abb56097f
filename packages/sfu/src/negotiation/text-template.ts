/** A text with places that are filled anew each time. */
export class TextTemplate {
  private constructor(
    /** One more than there are holes. */
    private readonly pieces: readonly string[],
    /** Which value stands there. */
    private readonly holes: readonly number[],
  ) {}

  /** Has a hole wherever one of `tokens` stands in `text`: letters, digits, blanks, colons and hyphens, none of them in another one. */
  static of(text: string, tokens: readonly string[]): TextTemplate {
    const parts = text.split(new RegExp(`(${tokens.join('|')})`));
    const holes = parts.filter((_, index) => index % 2 === 1).map((token) => tokens.indexOf(token));
    return new TextTemplate(
      parts.filter((_, index) => index % 2 === 0),
      holes,
    );
  }

  /** The text with `values` in place of the tokens, in their order. */
  fill(values: readonly string[]): string {
    let text = this.pieces[0]!;
    for (let i = 0; i < this.holes.length; i++) text += values[this.holes[i]!]! + this.pieces[i + 1]!;
    return text;
  }
}
