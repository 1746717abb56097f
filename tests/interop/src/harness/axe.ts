import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Tab } from './browser.js';

// axe-core looks through shadow roots; it is put in before the page's own scripts, since the page allows none from elsewhere.
export const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Axe {
  run(
    context: Document,
    options: object,
  ): Promise<{ violations: { id: string; nodes: { target: unknown; failureSummary?: string }[] }[] }>;
}

/** What axe-core finds wrong with the page as it is now, one line each. */
export function findings(tab: Tab): Promise<string[]> {
  return tab.evaluate(async () => {
    // what fades in has not its own colours yet: every animation that ends is brought to its end
    const settle = (root: Document | ShadowRoot): void => {
      for (const animation of root.getAnimations()) {
        if (Number.isFinite(Number(animation.effect?.getComputedTiming().endTime))) animation.finish();
      }
      for (const element of root.querySelectorAll('*')) if (element.shadowRoot) settle(element.shadowRoot);
    };
    settle(document);
    const { axe } = window as unknown as { axe: Axe };
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id} at ${JSON.stringify(target)}: ${failureSummary}`),
    );
  }, undefined);
}
