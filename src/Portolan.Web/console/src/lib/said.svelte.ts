// A short word at the foot of the page that something was done.

let current = $state<string | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

export const said = (): string | null => current;

export function say(text: string): void {
  current = text;
  clearTimeout(timer);
  timer = setTimeout(() => (current = null), 3000);
}

/** Puts a text into the clipboard and says so, or says that it could not. */
export async function copy(text: string, done: string, failed: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say(failed);
  }
}
