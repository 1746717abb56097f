import { clearPrivateFiles } from '@maru/client/files';

/** Held, shared, by every page that may have received files in the origin's own storage. */
const LOCK = 'maru-received-files';

let tidied = false;

/**
 * Removes received files that earlier visits left in the origin's own storage, unless another page of ours is open: they may be
 * its files. From then on this page is such a page. Does its work once.
 */
export function keepPrivateFilesTidy(): void {
  if (tidied || !('locks' in navigator)) return; // without locks (insecure pages) there is no such storage either
  tidied = true;
  void tidy();
}

async function tidy(): Promise<void> {
  try {
    await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
      if (lock) await clearPrivateFiles();
    });
    await navigator.locks.request(LOCK, { mode: 'shared' }, () => new Promise<never>(() => {})); // until the page goes
  } catch (error) {
    console.info('files/nothing-to-tidy', error); // pages from disk have no storage and no locks
  }
}
