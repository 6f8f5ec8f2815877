// What a person chose, kept in this browser. Without storage (a private window) it lasts as long as the page.

export function read<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`portolan.${key}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(`portolan.${key}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: nothing is lost but the memory of it.
  }
}
