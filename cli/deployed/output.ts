/** What an output of a stack tells the commands, of one of these kinds; undefined: it is the app's own, or of another kind. */
export function outputOf<Told extends { readonly kind: string }>(
  text: string,
  ...kinds: readonly Told['kind'][]
): Told | undefined {
  try {
    const told = JSON.parse(text) as Partial<Told> | null;
    return told?.kind !== undefined && kinds.includes(told.kind) ? (told as Told) : undefined;
  } catch {
    // Text that is no JSON.
    return undefined;
  }
}
