/** The browser's storage, which a person may have switched off: then nothing is remembered, and nothing breaks. */
export const shelf = {
  read(key: string): string | null {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  write(key: string, value: string): void {
    try {
      localStorage.setItem(key, value);
    } catch {
      // Storage is off or full. The choice still holds for this visit.
    }
  },
};
