/** What a person says, and is told. */
interface Person {
  /** Resolves to whether they said yes; undefined where there is nobody to ask. */
  readonly ask: (question: string) => Promise<boolean | undefined>;
  readonly print: (text: string) => void;
}

interface Asked {
  /** What a person is asked. */
  readonly question: string;
  /** What was not done, where the answer is no: `nothing was sent`. */
  readonly nothing: string;
  /** What to do where there is nobody to ask. */
  readonly instead: string;
}

/** True where a person has nothing against it, or was not to be asked; else the exit code, once it is said that nothing was done. */
export async function consent(
  { question, nothing, instead }: Asked,
  { yes, json }: { readonly yes?: boolean; readonly json?: boolean },
  { ask, print }: Person,
): Promise<true | 1 | 2> {
  const answer = yes === true || (await ask(question));
  if (answer === true) return true;
  const isAlone = answer === undefined;
  const detail = isAlone ? `${nothing}: there is nobody to ask here; ${instead}` : nothing;
  print(
    json === true ? `${JSON.stringify({ kind: isAlone ? 'nobody-to-ask' : 'declined', detail })}\n` : `${detail}\n`,
  );
  return isAlone ? 2 : 1;
}
