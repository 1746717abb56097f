// Looking into the page through its shadow roots. Each function is sent to the page whole: it sees nothing of this module.

/** The visible texts of all elements that match `selector`, in any shadow root. */
export function textsOf(selector: string): string[] {
  const found: string[] = [];
  const visit = (root: Document | ShadowRoot): void => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches(selector)) found.push((element.textContent ?? '').trim());
      if (element.shadowRoot) visit(element.shadowRoot);
    }
  };
  visit(document);
  return found;
}

/** Whether an element matches `selector`, in any shadow root. */
export function isThere(selector: string): boolean {
  const visit = (root: Document | ShadowRoot): boolean => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches(selector)) return true;
      if (element.shadowRoot && visit(element.shadowRoot)) return true;
    }
    return false;
  };
  return visit(document);
}

/** Puts `text` into the first input that matches `selector`, as typing does. False when there is none. */
export function typeInto({ selector, text }: { readonly selector: string; readonly text: string }): boolean {
  const visit = (root: Document | ShadowRoot): boolean => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches(selector) && (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement)) {
        element.focus();
        element.value = text;
        element.dispatchEvent(new InputEvent('input', { bubbles: true, composed: true, data: text }));
        element.dispatchEvent(new Event('change', { bubbles: true }));
        return true;
      }
      if (element.shadowRoot && visit(element.shadowRoot)) return true;
    }
    return false;
  };
  return visit(document);
}

/** Clicks the first element that matches `selector`, in any shadow root. False when there is none. */
export function clickFirst(selector: string): boolean {
  const visit = (root: Document | ShadowRoot): boolean => {
    for (const element of root.querySelectorAll<HTMLElement>('*')) {
      if (element.matches(selector)) {
        element.click();
        return true;
      }
      if (element.shadowRoot && visit(element.shadowRoot)) return true;
    }
    return false;
  };
  return visit(document);
}

/** The value of the first input that matches `selector`, in any shadow root; empty text when there is none. */
export function inputValue(selector: string): string {
  const visit = (root: Document | ShadowRoot): string | undefined => {
    for (const element of root.querySelectorAll('*')) {
      if (element.matches(selector) && element instanceof HTMLInputElement) return element.value;
      const inner = element.shadowRoot && visit(element.shadowRoot);
      if (inner !== undefined && inner !== null) return inner;
    }
    return undefined;
  };
  return visit(document) ?? '';
}

/** Marks the tile of this name, to be known again by {@link tileIsKept}. */
export function keepTile(name: string): void {
  const visit = (root: Document | ShadowRoot): void => {
    for (const element of root.querySelectorAll<HTMLElement>('*')) {
      if (element.dataset['testid'] === 'tile' && element.dataset['name'] === name) element.dataset['kept'] = 'yes';
      if (element.shadowRoot) visit(element.shadowRoot);
    }
  };
  visit(document);
}

/** Whether the tile of this name is the one that was marked, and has been there all the time. */
export function tileIsKept(name: string): boolean {
  const visit = (root: Document | ShadowRoot): boolean => {
    for (const element of root.querySelectorAll<HTMLElement>('*')) {
      if (element.dataset['testid'] === 'tile' && element.dataset['name'] === name) return element.dataset['kept'] === 'yes';
      if (element.shadowRoot && visit(element.shadowRoot)) return true;
    }
    return false;
  };
  return visit(document);
}
