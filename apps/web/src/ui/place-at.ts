import { noChange } from 'lit';
import { Directive, directive, type ElementPart } from 'lit/directive.js';
import type { Box } from '../layout/arrange.js';

/** Sets position and size as properties, not as a style attribute: the Content-Security-Policy allows no styles from strings. */
class PlaceAtDirective extends Directive {
  render(_box: Box): typeof noChange {
    return noChange;
  }

  override update(part: ElementPart, [box]: [Box]): typeof noChange {
    const { style } = part.element as HTMLElement;
    style.transform = `translate(${box.x}px, ${box.y}px)`;
    style.width = `${box.width}px`;
    style.height = `${box.height}px`;
    return noChange;
  }
}

export const placeAt = directive(PlaceAtDirective);
