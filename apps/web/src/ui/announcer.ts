/** Where screen readers hear what happened: two polite regions in turns, so that the same sentence twice is heard twice. */
class Announcer {
  private regions: [HTMLElement, HTMLElement] | undefined;
  private turn = 0;

  /** Says a sentence once the reader has finished what it is saying. */
  say(text: string): void {
    const regions = (this.regions ??= [this.region(), this.region()]);
    const [current, other] = this.turn++ % 2 === 0 ? regions : [regions[1], regions[0]];
    other.textContent = '';
    current.textContent = text;
  }

  private region(): HTMLElement {
    const element = document.createElement('div');
    element.className = 'announcer';
    element.setAttribute('role', 'status');
    element.setAttribute('aria-live', 'polite');
    element.dataset['testid'] = 'announcer';
    document.body.append(element);
    return element;
  }
}

export const announcer = new Announcer();
