/** Find a sentence of the server's in `said`, where `{n}` stands for each number in it, in their order. */
export function translated(text: string, said: Readonly<Record<string, string>>): string | null {
  const numbers = text.match(/\d+/g) ?? [];
  const found = said[text] ?? said[text.replace(/\d+/g, "{n}")];
  return found?.replace(/\{n\}/g, () => numbers.shift() ?? "") ?? null;
}
