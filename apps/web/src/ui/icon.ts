import { noChange } from 'lit';
import { Directive, directive } from 'lit/directive.js';
import { createElement, type IconNode } from 'lucide';

/** Draws a lucide icon. Decoration only: the words beside it, or the `aria-label` of its button, carry the meaning. */
class IconDirective extends Directive {
  private drawn: IconNode | undefined;

  render(node: IconNode, sizePx = 20): SVGElement | typeof noChange {
    if (node === this.drawn) return noChange;
    this.drawn = node;
    return createElement(node, {
      width: sizePx,
      height: sizePx,
      'stroke-width': 1.9,
      'aria-hidden': 'true',
      focusable: 'false',
    });
  }
}

export const icon = directive(IconDirective);
